"""The laws of X_t and Z_t: densities against closed forms, and a gap that is noise exactly where v is v*."""

from __future__ import annotations

import numpy as np
import pytest

from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.fields.closed import closed_form
from engine.parts import Problem
from engine.paths.spherical import Spherical
from engine.probe import Subject, answered
from engine.probes.marginals import GAPS, Laws, Marginals
from engine.solvers.euler import Euler
from tests.engine.test_metrics import Off, problem


def laws(given: Problem, by: float = 0.0, particles: int = 4096) -> Laws:
    """Of v* that is wrong by a constant."""
    v = closed_form(given)
    return answered(Marginals(particles=particles), Subject(given, Euler(), Off(v, by) if by else v, v))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_marginals_agree_where_v_is_exact(dim: int) -> None:
    found = laws(problem(Gaussian(), Gaussian(mean=2.0, std=0.5), dim, pairs=20_000))
    assert found.times.tolist() == (np.arange(33) / 32).tolist() and found.gap_times.tolist() == GAPS.tolist()
    (gap, error), (null, spread) = found.gap, found.null
    assert (np.abs(gap - null) < 4 * np.hypot(error, spread)).all() and (gap > 0).all()
    inside = found.x.sum((1, 2)) * found.cell
    assert inside.min() > 0.97 and inside.max() <= 1 + 1e-6
    noise = np.sqrt(found.x.max() / found.cell * (1 / found.pairs + 1 / found.particles))
    assert np.abs(found.x - found.z).max() < 6 * noise


def test_in_space_each_page_is_there_and_they_agree_where_they_share_a_coordinate() -> None:
    found = laws(problem(Gaussian(), Gaussian(mean=(3.0, 0.0, -2.0), std=0.5), 3, pairs=8192))
    assert [page.axes for page in (found, *found.others)] == [(0, 1), (0, 2), (1, 2)]
    assert all(found.on(page.axes) is page for page in (found, *found.others))
    for which in ("x", "z"):
        of = {}
        for page in (found, *found.others):
            drawn, (low, high, bottom, top) = getattr(page, which), page.bounds
            h, w = drawn.shape[1:]
            for axis, sums, side in zip(page.axes, (1, 2), ((top - bottom) / h, (high - low) / w), strict=True):
                of.setdefault(axis, []).append(drawn.sum(sums) * side)
        for one, other in of.values():
            np.testing.assert_allclose(one, other, atol=0.03 * one.max())  # but for what lies outside of a page
    end, (low, high, bottom, top) = found.on((1, 2)).x[-1], found.on((1, 2)).bounds
    row, column = np.unravel_index(end.argmax(), end.shape)
    at = low + (column + 0.5) / 48 * (high - low), bottom + (row + 0.5) / 48 * (top - bottom)
    assert abs(at[0]) < 0.6 and abs(at[1] + 2.0) < 0.6


def test_a_shift_is_seen_as_long_as_it_is() -> None:
    """A v that is wrong by a constant leaves Z_t farther behind X_t the later it is."""
    found = laws(problem(Gaussian(std=0.1), Gaussian(mean=3.0, std=0.1), 2, pairs=20_000), by=-0.5)
    gap, error = found.gap
    assert (np.diff(gap[1:]) > 0).all() and gap[0] < 3 * found.null[0, 0]
    assert gap[-1] > 10 * found.null[0, -1] + 5 * error[-1]


@pytest.mark.parametrize("path", ["straight", "spherical"])
def test_density_on_the_line_is_the_closed_form(path: str) -> None:
    given = problem(Gaussian(), TwoModes(separation=6.0), 1, pairs=40_000)
    if path == "spherical":
        given = Problem(1, 1, given.source, given.target, given.coupling, Spherical(), given.x0, given.x1)
    found = laws(given, particles=16_384)
    low, high = found.bounds[:2]
    w = found.exact.shape[2]
    assert found.exact.shape == found.x.shape == found.z.shape == (33, 1, w)
    width = (high - low) / w
    assert (found.exact.sum((1, 2)) * width > 0.97).all()
    noise = np.sqrt(found.exact / found.cell * 2 / found.particles) + 1e-3
    bend = 0.05 * found.exact.max()  # a cell holds the mean of its density
    assert (np.abs(found.x - found.exact) < 6 * noise + bend).all()
    assert (np.abs(found.z - found.exact) < 6 * noise + bend).all()


def test_no_exact_density_where_it_is_not_known() -> None:
    assert laws(problem(Gaussian(), Gaussian(mean=1.0), 2, pairs=500)).exact is None
    later = problem(Gaussian(), Gaussian(mean=1.0), 1, pairs=500)
    later = Problem(1, 2, later.source, later.target, later.coupling, later.path, later.x0, later.x1)
    assert laws(later).exact is None


@pytest.mark.parametrize("pairs", [2, 3, 17])
def test_few_pairs_still_have_an_answer(pairs: int) -> None:
    found = laws(problem(Gaussian(), Gaussian(mean=1.0), 2, pairs=pairs), particles=256)
    assert found.size == 1 and found.gap.shape == (2, len(GAPS)) and found.pairs == pairs
