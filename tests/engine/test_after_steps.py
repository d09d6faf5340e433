"""Figures after so many steps: W2 with its error, the ladder asked for, and what the solver of a spec changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from engine.console import sweep
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.matching.distance import _extended, _plan, squared_w2
from engine.motion.stopping import Stopped, never
from engine.parts import Distribution, Wrong
from engine.registry import kinds
from engine.solvers.euler import Euler
from engine.spec import Measure
from engine.sweeps.results import figure_names
from tests.engine.test_figures import of
from tests.engine.test_lab import SMALL, finished, lab, replace
from tests.engine.test_metrics import exact
from tests.engine.test_sweep import rows, written

METRICS = kinds("metrics")
BY_N = [kind for kind, metric in METRICS.items() if metric.axis == "N"]
BY_SOLVER = [kind for kind, metric in METRICS.items() if "solver" in metric.rests]


@pytest.mark.parametrize("n", [1, 2, 60, 400])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_squared_w2_is_that_of_the_best_permutation(dim: int, n: int) -> None:
    rng = np.random.default_rng(dim)
    x0, x1 = rng.standard_normal((n, dim)), rng.standard_normal((n, dim)) + 50.0
    cost = cdist(x0, x1, "sqeuclidean")
    assert squared_w2(x0, x1)[0] == pytest.approx(cost[linear_sum_assignment(cost)].mean(), rel=1e-9)


LAWS: dict[str, Callable[[int], tuple[Distribution, Distribution]]] = {
    "modes": lambda dim: (Gaussian(), EightGaussians() if dim > 1 else TwoModes()),
    "shift": lambda dim: (Gaussian(), Gaussian(mean=1.0)),
    "scale": lambda dim: (Gaussian(std=2.0), Gaussian()),
    "the same two modes": lambda dim: (TwoModes(separation=8.0), TwoModes(separation=8.0)),
    "nearly the same": lambda dim: (TwoModes(separation=8.0), TwoModes(separation=8.0, at=1.0)),
    "the same, bridged": lambda dim: (TwoModes(separation=4.0, std=0.8), TwoModes(separation=4.0, std=0.8)),
    "the same normal law": lambda dim: (Gaussian(), Gaussian()),
}


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("laws", LAWS)
def test_the_error_of_squared_w2_is_its_spread(laws: str, dim: int) -> None:
    """Over 50 pairs of clouds: numbers per mode fluctuate too, which blocks of one matching do not tell."""
    found = []
    for seed in range(50):
        rng = np.random.default_rng([dim, seed])
        found.append(squared_w2(*(law.sample(150, dim, rng) for law in LAWS[laws](dim))))
    value, error = np.array(found).T
    assert 0.7 < value.std(ddof=1) / np.sqrt((error**2).mean()) < 1.4  # 50 seeds tell it within a tenth


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_dual_is_known_everywhere(dim: int) -> None:
    """At the points of its own plan it is that of the plan, elsewhere the largest that fits."""
    rng = np.random.default_rng(dim)
    a, b, x = (rng.standard_normal((n, dim)) + at for n, at in ((60, 0.0), (60, 5.0), (700, 0.0)))
    _, u, v = _plan(a, b)
    assert _extended(a, a, b, v, never) == pytest.approx(u, abs=1e-8)
    assert _extended(b, b, a, u, never) == pytest.approx(v, abs=1e-8)
    assert _extended(x, a, b, v, never) == pytest.approx((cdist(x, b, "sqeuclidean") - v).min(1), abs=1e-8)


@pytest.mark.parametrize("looks", [0, 5])
def test_a_distance_is_given_up_when_it_is_stopped(looks: int) -> None:
    """While the plan is made, or the duals of its parts are compared, which in small clouds is all there is to stop."""
    left = iter(range(looks))
    with pytest.raises(Stopped):
        n = 200 if looks else 1500
        squared_w2(*np.random.default_rng(0).standard_normal((2, n, 2)), stop=lambda: next(left, None) is None)


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_w2_after_steps_is_that_of_a_known_map(steps: int) -> None:
    """From N(0, 1) to N(0, s²) Euler's map is a multiplication: W2² = d (s - product)² but for sampling."""
    evidence = dataclasses.replace(exact(Gaussian(), Gaussian(std=3.0), 2, samples=2000, pairs=200), points=2000)
    t, s = np.arange(steps) / steps, 3.0
    scale = np.prod(1 + (t * s**2 - (1 - t)) / ((1 - t) ** 2 + t**2 * s**2) / steps)
    square = of("w2_squared_by_n", evidence, steps)
    assert square.n == 2000 and abs(square.value - 2 * (s - scale) ** 2) < 4 * square.error + 0.1
    root = of("w2_by_n", evidence, steps)
    assert root.value**2 == pytest.approx(square.value) and 2 * root.value * root.error == pytest.approx(square.error)


def test_the_ladder_is_the_one_that_is_asked_for() -> None:
    """Every figure by N, hop shares among them, also of the closed form beside; other figures stay when it changes."""
    held = lab(replace(SMALL, measure=Measure(samples=64, ladder=(3, 6, 12))))
    (round_,) = finished(held).rounds()
    assert {"euler_error", "mode_switch", "w2_by_n", "w2_squared_by_n"} <= set(BY_N)
    for kind in BY_N:
        assert list(round_.own.figures.ladders[kind]) == [3, 6, 12], kind
        assert list(round_.reference.own.figures.ladders[kind]) == [3, 6, 12], kind
    before = round_.own.figures
    held.adopt(replace(held.experiment, measure=Measure(samples=64, ladder=(6, 100))))
    after = finished(held).rounds()[0].own.figures
    assert all(after.single[kind] is before.single[kind] for kind in before.single)
    for kind in BY_N:
        assert list(after.ladders[kind]) == [6, 100] and after.ladders[kind][6] is before.ladders[kind][6]


@pytest.mark.parametrize("ladder", [(), (2, 1), (1, 1), tuple(range(1, 40))])
def test_what_is_no_ladder_is_refused(ladder: tuple[int, ...]) -> None:
    with pytest.raises(Wrong, match=r"measure.ladder: is not a list of 1 to 32 different whole numbers in ascending"):
        replace(SMALL, measure=Measure(ladder=ladder)).check()


def test_the_solver_has_figures_of_its_own_and_changes_no_other() -> None:
    held = lab()
    before = finished(held).rounds()[0].own.figures
    held.adopt(replace(SMALL, solver=Euler(steps=1)))
    after = finished(held).rounds()[0].own.figures
    for kind, found in after.single.items():
        assert (found is before.single[kind]) == (kind not in BY_SOLVER), kind
    assert after.single["solver_error"].value == pytest.approx(after.ladders["euler_error"][1].value)
    held.adopt(SMALL)
    assert finished(held).rounds()[0].own.figures.single["solver_error"] == before.single["solver_error"]


@pytest.mark.parametrize("field", ["solver", "solver.steps"])
def test_a_sweep_of_the_solver_has_rows_that_differ(field: str, tmp_path: Path) -> None:
    values = ["euler", "heun"] if field == "solver" else [1, 12]
    spec = written(tmp_path / "in", sweep={field: values})
    assert sweep(Path(spec), out=tmp_path / "out", device="cpu", metrics=("solver_w2",)) == 0
    one, two = rows(tmp_path / "out" / "results.csv")
    assert all(one[kind] != two[kind] for kind in BY_SOLVER) and one["loss"] == two["loss"]


def test_a_figure_of_another_ladder_can_be_asked_for() -> None:
    assert "euler_error_12" not in figure_names() and "cost_p_12" not in figure_names(("cost_p_12",))
    known = figure_names(("euler_error_12", "nothing_3"))
    assert known.index("euler_error_8") + 1 == known.index("euler_error_12") == known.index("euler_error_16") - 1
