"""The lens: the average of the lines through a place is v*, exactly from the law and within its error from pairs."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture as Mixture
from engine.distributions.two_modes import TwoModes
from engine.fields.closed import closed_form
from engine.fields.field import Given
from engine.parts import Wrong
from engine.paths.spherical import Spherical
from engine.probe import Subject, answered
from engine.probes.averaging import Averaging, Fan
from engine.solvers.euler import Euler
from tests.engine.test_metrics import Off, problem

LEFT = Mixture(means=((-2.0, 0.5), (1.0, -1.0)), stds=(0.6, 0.9), weights=(0.4, 0.6))
RIGHT = Mixture(means=((3.0, 2.0), (4.0, -2.0)), stds=(0.8, 0.5), weights=(0.7, 0.3))
PLACES = [((1.0, 0.0), 0.5), ((0.0, 0.5), 0.2), ((2.5, -0.5), 0.8)]


def fan(given, at=(), t=0.5, v=None, lines=96) -> Fan:
    truth = closed_form(given) if v is None else v
    return answered(Averaging(at=at, t=t, lines=lines), Subject(given, Euler(), truth, closed_form(given)))


def by_quadrature(p: Mixture, q: Mixture, x: tuple[float, ...], t: float) -> np.ndarray:
    """E[X1 - X0 | X_t = x] by summing over X0: X1 = (x - (1-t) X0) / t, weighted by both densities."""
    grid = np.linspace(-12.0, 12.0, 601)
    x0 = np.stack([m.ravel() for m in np.meshgrid(grid, grid)], -1)
    x1 = (np.array(x) - (1 - t) * x0) / t

    def density(law: Mixture, at: np.ndarray) -> np.ndarray:
        return sum(
            w / (2 * np.pi * s**2) * np.exp(-((at - np.array(m)) ** 2).sum(1) / (2 * s**2))
            for m, s, w in zip(law.means, law.stds, law.weights, strict=True)
        )

    weight = density(p, x0) * density(q, x1)
    return (weight[:, None] * (x1 - x0)).sum(0) / weight.sum()


@pytest.mark.parametrize(("x", "t"), PLACES)
def test_the_exact_arrow_is_the_average_over_the_law(x, t) -> None:
    found = fan(problem(LEFT, RIGHT, 2, pairs=200), x, t)
    np.testing.assert_allclose(found.exact, by_quadrature(LEFT, RIGHT, x, t), atol=1e-5)
    np.testing.assert_allclose(found.net, found.exact)


def test_the_average_of_lines_is_v_within_its_error() -> None:
    """Over seeds and places: the deviations from v* are as large as the errors say."""
    ratios = []
    for seed, (x, t) in itertools.product(range(12), PLACES):
        found = fan(problem(LEFT, RIGHT, 2, pairs=40_000, seed=seed), x, t)
        ratios += ((found.mean - found.exact) / found.error).tolist()
        assert found.weight.sum() == pytest.approx(1.0) and 20 < found.size < 96
    assert 0.7 < np.sqrt(np.mean(np.square(ratios))) < 1.4


def test_how_far_lines_part_is_the_local_variance() -> None:
    traces, exact = [], []
    for seed in range(10):
        found = fan(problem(LEFT, RIGHT, 2, pairs=40_000, seed=seed), (1.0, 0.0), 0.5)
        traces.append(np.trace(found.covariance))
        exact.append(found.spread)
    assert np.mean(traces) == pytest.approx(exact[0], rel=0.1)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_without_a_place_it_is_where_lines_cross(dim: int) -> None:
    given = problem(TwoModes(separation=4.0), TwoModes(separation=4.0), dim, pairs=4000)
    found = fan(given)
    spread = closed_form(given).spread(given.x0[:500], 0.5)
    assert 0.1 <= found.t <= 0.9 and found.spread >= spread.max() * 0.5 and found.spread > 1.0


def test_no_lines_part_where_none_cross() -> None:
    """A shift: all lines are parallel, and one line tells v."""
    given = problem(Gaussian(), Gaussian(), 2, pairs=500)
    given = replace(given, x1=given.x0 + np.array([3.0, 1.0]))
    found = answered(Averaging(at=(1.0, 0.5), t=0.3), Subject(given, Euler(), Given(lambda x, t: 0 * x)))
    np.testing.assert_allclose(found.mean, [3.0, 1.0], atol=1e-9)
    assert np.trace(found.covariance) == pytest.approx(0.0, abs=1e-12) and found.exact is None and not found.net.any()


def test_the_net_stands_beside() -> None:
    given = problem(Gaussian(), Gaussian(mean=2.0), 2, pairs=500)
    found = fan(given, (1.0, 0.0), 0.5, v=Off(closed_form(given), 0.5))
    np.testing.assert_allclose(found.net - found.exact, 0.5)


def test_a_curved_path_has_the_velocities_of_its_own_lines() -> None:
    given = problem(Gaussian(std=0.1), Gaussian(mean=4.0, std=0.1), 2, pairs=4000)
    given = replace(given, path=Spherical())
    at = tuple(np.asarray(given.path.at(given.x0[:1], given.x1[:1], 0.5)[0])[0].tolist())
    found = fan(given, at, 0.5)
    assert np.linalg.norm(found.mean - found.exact) < 6 * np.linalg.norm(found.error)


def test_a_place_of_another_dimension_is_refused() -> None:
    with pytest.raises(Wrong, match="2 numbers in dimension 3"):
        fan(problem(Gaussian(), Gaussian(mean=1.0), 3, pairs=50), (0.0, 1.0), 0.5)
