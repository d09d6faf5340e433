"""The map of v against v*: known differences, only where the data is, in every dimension."""

from __future__ import annotations

import numpy as np
import pytest

from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.fields.closed import closed_form
from engine.fields.field import Field, Given
from engine.parts import Problem
from engine.probe import Subject, answered
from engine.probes.velocity_gap import CELLS, LOOKED, GapMap, VelocityGap
from engine.solvers.euler import Euler
from tests.engine.test_metrics import Off, problem


def gap_map(problem: Problem, v: Field, truth: Field) -> GapMap:
    return answered(VelocityGap(), Subject(problem, Euler(), v, truth))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_gap_is_where_the_data_is(dim: int) -> None:
    given = problem(Gaussian(), Gaussian(mean=3.0, std=0.5), dim, pairs=3000)
    truth = closed_form(given)
    found = gap_map(given, Off(truth, 0.5), truth)
    n = CELLS[dim]
    assert found.v.shape == found.truth.shape == ((1, n, n, 1) if dim == 1 else (5, n, n, dim))
    known = np.isfinite(found.gap)
    assert 0.05 < known.mean() < 0.9
    np.testing.assert_allclose(found.gap[known], 0.5 * np.sqrt(dim), rtol=1e-4)
    low, high = found.bounds[-2:]
    rows = low + (np.arange(n) + 0.5) / n * (high - low)
    middle = 3.0 * found.times
    if dim == 1:
        means = [rows[known[0, :, k]].mean() for k in range(n)]
    else:
        means = [rows[known[k].any(1)].mean() for k in range(len(found.times))]
    np.testing.assert_allclose(means, middle, atol=0.5)  # the cells follow X_t


def test_the_values_are_those_of_the_fields() -> None:
    given = problem(Gaussian(), TwoModes(separation=4.0), 1)
    truth = closed_form(given)
    found = gap_map(given, truth, truth)
    low, high = found.bounds[2:]
    row, column = 31, 20
    x = np.array([[low + (row + 0.5) / 64 * (high - low)]])
    assert found.v[0, row, column, 0] == pytest.approx(truth(x, (column + 0.5) / 64)[0, 0], rel=1e-5)
    assert np.nanmax(found.gap) == 0.0 and found.v.dtype == np.float32


def test_an_end_is_not_asked_where_the_velocity_is_singular() -> None:
    found = gap_map(
        problem(Gaussian(), Gaussian(), 1, pairs=LOOKED // 10), Given(lambda x, t: 0 * x + t), Given(lambda x, t: 0 * x)
    )
    assert found.times[0] > 0 and found.times[-1] < 1
    np.testing.assert_allclose(np.nanmax(found.gap[0], 0), found.times, rtol=1e-5)


def test_it_may_be_given_up_after_each_time() -> None:
    given = problem(Gaussian(), Gaussian(), 2)
    work = VelocityGap().answer(Subject(given, Euler(), closed_form(given), Given(lambda x, t: x)))
    assert [next(work) for _ in range(5)] == [None] * 5 and isinstance(next(work), GapMap)


def test_there_is_none_of_what_is_exact_or_alone() -> None:
    given = problem(Gaussian(), Gaussian(), 2)
    truth = closed_form(given)
    assert not VelocityGap().applies(Subject(given, Euler(), truth, truth))
    assert not VelocityGap().applies(Subject(given, Euler(), truth)) and not VelocityGap().applies(
        Subject(given, Euler())
    )
    assert VelocityGap().applies(Subject(given, Euler(), Off(truth, 1.0), truth))
