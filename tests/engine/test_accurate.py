"""The solver behind figures and reflow pairs: sharp fields get the steps they need, smooth ones no more than before."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine import codec
from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.evidence.evidence import Evidence
from engine.evidence.quasi_random import even
from engine.fields.closed import MixtureField, closed_form
from engine.fields.field import Array, Field, Given
from engine.fields.kernel import AverageField, KernelField
from engine.learning.net import build
from engine.metrics.curvature import Curvature
from engine.metrics.curvature_p95 import CurvatureP95
from engine.metrics.gamma_1 import Gamma1
from engine.motion import accurate
from engine.motion.accurate import PANELS, Accurate, Settled
from engine.motion.flow import end_points, flow, settled, trajectories, transport
from engine.motion.stopping import Stopped
from engine.parts import Problem
from engine.paths.straight import Straight
from engine.solvers.dopri5 import Dopri5
from engine.solvers.rk4 import RK4
from engine.velocities.mlp import MLP

ACCURATE = Accurate()
PRESETS = Path(__file__).parents[2] / "resources" / "presets"


def modes(std: float, n: int = 512, separation: float = 15.0) -> tuple[MixtureField, np.ndarray]:
    """Two modes that change sides in half of the pairs; the flow turns back, so no particle of it does."""
    source, target = TwoModes(std=std), TwoModes(at=15.0, std=std, separation=separation)
    x = even(source.mixture(2), n, np.random.default_rng(1))
    return closed_form(Problem(2, 1, source, target, Independent(), Straight(), x, x)), x


def strayed(ends: np.ndarray, right: np.ndarray) -> float:
    return float(((ends[:, 1] > 0) != (right[:, 1] > 0)).mean())


def test_narrow_modes_against_an_adaptive_solver() -> None:
    """Equal steps send a tenth of the particles to the other mode."""
    v, x = modes(0.1, 1024)
    right = end_points(v, x, Dopri5(steps=8, tolerance=1e-9))
    assert strayed(right, x) == 0
    assert strayed(end_points(v, x, RK4(steps=32)), right) > 0.05
    ends = end_points(v, x, ACCURATE)
    assert strayed(ends, right) < 0.002
    assert np.sqrt(((ends - right) ** 2).sum(1).mean()) < 1e-3
    assert len(settled(ACCURATE, v, x).times) < 200


@pytest.mark.parametrize(("std", "separation"), [(0.03, 15.0), (0.02, 10.0), (0.01, 10.0), (0.02, 23.0)])
def test_crossings_shorter_than_a_step_are_not_strode_over(std: float, separation: float) -> None:
    """Away from t = 1/2 no node meets them."""
    v, x = modes(std, 256, separation)
    assert strayed(end_points(v, x, ACCURATE), x) == 0


def test_grid_of_panels() -> None:
    v, x = modes(0.1)
    times = settled(ACCURATE, v, x).times
    assert times[0] == 0 and times[-1] == 1 and (np.diff(times) > 0).all() and len(times) % 2 == 1
    edges = np.arange(PANELS + 1) / PANELS
    assert np.isin(edges, times).all()
    for low, high in pairwise(edges):
        steps = np.diff(times[(times >= low) & (times <= high)])
        assert len(steps) % 2 == 0 and np.ptp(steps) == 0
    assert np.array_equal(times, settled(ACCURATE, v, x).times)


def test_smooth_fields_keep_equal_steps() -> None:
    x = np.random.default_rng(0).standard_normal((300, 2))
    given = Problem(2, 1, Gaussian(), Gaussian(mean=(3.0, 0.0)), Independent(), Straight(), x, x + 3)
    net = build(MLP(width=16, depth=2), given, 0, "cpu")
    for v in (closed_form(given), net):
        times, z = trajectories(v, x, ACCURATE)
        even_times, even_z = trajectories(v, x, RK4(steps=32))
        assert np.array_equal(times, even_times) and np.array_equal(z, even_z)


@pytest.mark.parametrize("dim", (1, 2, 3))
def test_rough_fields_are_asked_once_for_a_step(dim: int) -> None:
    """By a method of order 3: where v is smooth, an eighth of the error is left with twice as many steps."""
    asked = []

    class Rough(Field):
        rough = True

        def __call__(self, x: Array, t: float) -> Array:
            asked.append(t)
            return np.cos(3 * t) - 2 * x

    v, x = Rough(), np.linspace(-1.0, 1.0, 5 * dim).reshape(5, dim)
    right = trajectories(Given(v, "smooth"), x, RK4(steps=512))[1][-1]
    off, asked[:] = [], []
    for n in (16, 32, 64, 128):
        times = np.arange(n + 1) / n
        *_, (t, z) = Settled(times, np.nan, False).march(v, x)
        off.append(np.abs(z - right).max())
        assert t == 1.0
    assert len(asked) == 16 + 32 + 64 + 128 + 4 * 4
    order = np.log2(np.array(off[:-1]) / off[1:])
    assert np.all((order > 2.7) & (order < 3.6)), order
    assert np.array_equal(end_points(v, x, ACCURATE), end_points(v, x, Settled(np.arange(81) / 80, np.nan, False)))


@pytest.mark.parametrize(("scene", "pairs"), [("two-modes", 5000), ("mixtures-1d", 2000)])
def test_a_regression_ends_as_near_to_its_flow_as_by_runge_and_kutta(scene: str, pairs: int) -> None:
    """On 32 steps, which ask 128 times; against 192 of them."""
    experiment = codec.read(PRESETS / f"{scene}.toml")
    rng = np.random.default_rng(3)
    x0, x1 = (law.sample(pairs, experiment.dim, rng) for law in (experiment.source, experiment.target))
    v, x = AverageField(experiment.path, x0, x1, 100), x0[:60]
    right = end_points(v, x, RK4(steps=192))
    off = [np.median(np.linalg.norm(end_points(v, x, by) - right, axis=1)) for by in (ACCURATE, RK4(steps=32))]
    assert off[0] < 1.3 * off[1]


@pytest.mark.parametrize("std", (0.01, 0.1))
def test_a_regression_on_pairs_to_a_narrow_law_ends_as_narrow(std: float) -> None:
    """Near t = 1 its flow draws together like -1/(1 - t)."""
    rng = np.random.default_rng(0)
    x0, x1 = rng.standard_normal((3000, 2)), 3.0 + std * rng.standard_normal((3000, 2))
    v, x = KernelField(Straight(), x0, x1), x0[:200]
    ends, right = end_points(v, x, ACCURATE), end_points(v, x, RK4(steps=200))
    assert ends.std() == pytest.approx(right.std(), rel=0.05)
    assert np.abs(ends.mean(0) - right.mean(0)).max() < 0.1 * std


def test_figures_of_a_regression_do_not_hang_on_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    x0, x1 = rng.standard_normal((1500, 1)), 3.0 + 0.4 * rng.standard_normal((1500, 1))
    given = Problem(1, 1, Gaussian(), Gaussian(mean=3.0, std=0.4), Independent(), Straight(), x0, x1)
    found = []
    for steps in (80, 160, 320):
        monkeypatch.setattr(accurate, "ROUGH", steps)
        evidence = Evidence(given, KernelField(Straight(), x0, x1), closed_form(given), 512, 0)
        found.append([metric().of(evidence).value for metric in (Gamma1, Curvature, CurvatureP95)])
    assert np.all(np.ptp(found, axis=0) < 0.15 * np.mean(found, axis=0)), found


def test_steps_are_bounded_and_the_lack_is_told() -> None:
    v, x = modes(0.1, 128)
    found = settled(Accurate(most=80), v, x)
    assert len(found.times) <= 81 and found.short
    assert not settled(ACCURATE, v, x).short and flow(v, x[:8]).warning == ""
    run = flow(v, x, solver=Accurate(most=66))
    assert run.warning.startswith("This velocity is too sharp for 66 steps: ") and run.error > 0


def test_estimated_error_is_of_the_size_of_the_error() -> None:
    v, x = modes(0.5)
    right = end_points(v, x, Dopri5(steps=8, tolerance=1e-9))
    found = settled(ACCURATE, v, x)
    true = np.sqrt(((end_points(v, x, found) - right) ** 2).sum(1).mean())
    assert true / 10 < found.error < 10 * true


def test_integrals_over_uneven_grids() -> None:
    """Simpson's rule on each pair of equal steps."""
    v, x = modes(0.1, 64)
    run = flow(v, x)
    assert np.ptp(np.diff(run.times)) > 0
    assert run.integral(run.times**3) == pytest.approx(1 / 4, abs=1e-14)
    assert np.abs(run.integral(run.v) - (run.z[-1] - run.z[0])).max() < 0.05
    straightness = run.integral(((run.z[-1] - run.z[0] - run.v) ** 2).sum(-1)).mean()
    times, z = trajectories(v, x, RK4(steps=1024))
    along = np.stack([((z[-1] - z[0] - v(at, t)) ** 2).sum(1) for t, at in zip(times, z, strict=True)])
    assert straightness == pytest.approx(np.trapezoid(along.mean(1), times), rel=1e-3)


def test_slices_share_one_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    v, x = modes(0.1, 100)
    whole = end_points(v, x, ACCURATE)
    monkeypatch.setattr("engine.motion.flow.ROWS", 30)
    *shares, ends = transport(v, x)
    assert np.allclose(ends, whole, atol=1e-9) and shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1


def test_stop_is_asked_while_the_grid_is_chosen() -> None:
    called = []

    @Given
    def v(x: Array, t: Array) -> Array:
        called.append(1)
        return -x

    with pytest.raises(Stopped):
        end_points(v, np.ones((4, 2)), ACCURATE, lambda: True)
    assert len(called) < 40


def test_nothing_to_move_and_fields_that_blow_up() -> None:
    assert end_points(Given(lambda x, t: x), np.zeros((0, 2)), ACCURATE).shape == (0, 2)
    with np.errstate(all="ignore"):
        found = settled(ACCURATE, Given(lambda x, t: x * np.nan), np.ones((4, 2)))
    assert len(found.times) <= 1025
