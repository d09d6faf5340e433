"""Mass through a box: the continuity equation, d/dt P(X_t in B) = in - out, exactly and within its error."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from engine.couplings.sorted import Sorted
from engine.distributions.checkerboard import Checkerboard
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture as Mixture
from engine.distributions.single_point import SinglePoint
from engine.fields.closed import closed_form
from engine.fields.field import evaluate
from engine.laws.between import between
from engine.parts import Wrong
from engine.paths.spherical import Spherical
from engine.probe import Subject, answered
from engine.probes.box_mass import Balance, BoxMass
from engine.solvers.euler import Euler
from tests.engine.test_averaging import LEFT, RIGHT
from tests.engine.test_metrics import MIXTURES, Off, problem

BOX = {1: ((0.2,), (1.9,)), 2: ((0.0, -1.0), (2.5, 1.5)), 3: ((-0.3, -0.6, 0.1), (1.5, 1.0, 1.7))}


def given(dim: int, path: str = "straight"):
    laws = MIXTURES if dim == 1 else (LEFT, RIGHT) if dim == 2 else (Gaussian(std=0.8), Gaussian(mean=(1.0, 0.5, 2.0)))
    made = problem(*laws, dim, pairs=4000)
    return replace(made, path=Spherical()) if path == "spherical" else made


def balance(made, v=None, box=None) -> Balance:
    truth = closed_form(made) if v is None else v
    low, high = box or BOX[made.dim]
    return answered(BoxMass(low=low, high=high), Subject(made, Euler(), truth, truth))


@pytest.mark.parametrize("path", ["straight", "spherical"])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_what_the_box_gains_is_what_flows_in_less_what_flows_out(dim: int, path: str) -> None:
    found = balance(given(dim, path))
    assert found.exact and not found.rate_error.any() and np.abs(found.rate).max() > 0.1
    np.testing.assert_allclose(found.rate, found.net, atol=1e-4)
    np.testing.assert_allclose(found.inflow - found.outflow, found.net, atol=1e-9)
    assert (found.inflow >= 0).all() and (found.outflow >= 0).all()


def test_the_flow_through_the_faces_is_the_integral_of_rho_v() -> None:
    """An independent computation: Gauss-Legendre over the faces of density times the closed form, at one t."""
    made, t = given(2), 0.4
    v, law = closed_form(made), between(given(2), t)
    (a, b), (c, d) = BOX[2]
    nodes, weights = np.polynomial.legendre.leggauss(80)

    def along(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        return (low + high) / 2 + nodes * (high - low) / 2, weights * (high - low) / 2

    total = 0.0
    for edge, sign in ((a, -1), (c, 1)):
        y, w = along(b, d)
        x = np.column_stack([np.full_like(y, edge), y])
        total += sign * (w * law.density(x) * evaluate(v, x, t)[:, 0]).sum()
    for edge, sign in ((b, -1), (d, 1)):
        s, w = along(a, c)
        x = np.column_stack([s, np.full_like(s, edge)])
        total += sign * (w * law.density(x) * evaluate(v, x, t)[:, 1]).sum()
    assert law.flux(*(np.array(edge) for edge in BOX[2])) == pytest.approx(total, abs=1e-9)


def test_the_mass_is_the_share_of_many_draws() -> None:
    made = problem(LEFT, RIGHT, 2, pairs=200_000)
    found = balance(made)
    k = 12
    xt = made.path.at(made.x0, made.x1, found.times[k])[0]
    share = ((xt >= found.low) & (xt < found.high)).all(1).mean()
    assert abs(share - found.mass[k]) < 4 * np.sqrt(share * (1 - share) / len(xt)) and share > 0.01


def test_a_wrong_v_does_not_balance_and_its_share_is_known() -> None:
    """v = v* + c: the net flow is off by c times what the density on opposite faces differs by."""
    made = given(1)
    truth = closed_form(made)
    found = answered(BoxMass(low=(0.2,), high=(1.9,)), Subject(made, Euler(), Off(truth, 0.5), truth))
    for k in (4, 16, 28):
        low, high = (between(made, found.times[k]).density(np.array([[edge]]))[0] for edge in (0.2, 1.9))
        assert found.net[k] - found.rate[k] == pytest.approx(-0.5 * (high - low), abs=1e-4)


def test_from_pairs_both_sides_are_right_within_their_errors() -> None:
    """The same laws, their mixture hidden: figures from pairs against those of the law, over seeds and times."""
    ratios: dict[str, list[float]] = {"mass": [], "rate": [], "net": []}
    for seed in range(12):
        made = problem(LEFT, RIGHT, 2, pairs=16_000, seed=seed)
        truth = closed_form(made)
        exact = balance(made)
        hidden = replace(made, coupling=Sorted())  # its pairs are independent all the same
        found = answered(BoxMass(low=BOX[2][0], high=BOX[2][1]), Subject(hidden, Euler(), truth, truth))
        assert not found.exact and found.pairs == 16_000
        for name, k in itertools.product(ratios, (6, 12, 18)):
            error = getattr(found, f"{name}_error")[k]
            ratios[name].append((getattr(found, name)[k] - getattr(exact, name)[k]) / error)
    for name, some in ratios.items():
        assert 0.6 < np.sqrt(np.mean(np.square(some))) < 1.5, name


def test_all_mass_comes_into_a_box_around_the_one_point() -> None:
    made = problem(Gaussian(), SinglePoint(at=(4.0, 0.0)), 2, pairs=500)
    found = balance(made, box=((3.0, -1.0), (5.0, 1.0)))
    assert found.mass[0] < 0.01 and found.mass[-1] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(found.rate, found.net, atol=1e-4)
    assert found.outflow.max() < 1e-6  # lines to a point inside never leave


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_without_a_box_one_is_found_with_mass_in_it(dim: int) -> None:
    made = problem(Gaussian(), Checkerboard(), dim, pairs=2000)
    v = Off(closed_form(problem(Gaussian(), Gaussian(), dim, pairs=10)), 0.0)
    found = answered(BoxMass(), Subject(made, Euler(), v))
    assert found.low.shape == (dim,) and (found.low < found.high).all()
    assert found.mass[16] > 0.01 and not found.exact and (found.rate_error[4:20] > 0).all()


@pytest.mark.parametrize(("box", "words"), [(((0.0,), (1.0, 2.0)), "numbers"), (((1.0, 0.0), (0.0, 1.0)), "empty")])
def test_a_box_that_is_none_is_refused(box, words: str) -> None:
    with pytest.raises(Wrong, match=words):
        balance(given(2), box=box)


def test_a_mixture_hidden_in_the_pairs_is_the_same_as_a_mixture() -> None:
    assert between(replace(given(2), coupling=Sorted()), 0.5) is None and between(given(2), 0.5) is not None
    assert isinstance(LEFT, Mixture)
