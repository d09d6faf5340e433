"""v on a grid and Euler polygons, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.fields.closed import closed_form
from engine.fields.field import Given
from engine.probe import Subject, answered
from engine.probes.field_map import FieldMap
from engine.probes.polygons import EulerPolygons
from engine.solvers.euler import Euler
from tests.engine.test_metrics import Off, problem


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("t", [0.25, 0.5])
def test_gaussian_to_gaussian_is_known(dim: int, t: float) -> None:
    """N(0, 1) to N(m, s²): v = m + (t s² - (1-t)) / ((1-t)² + t² s²) (x - t m), its divergence, and tr Var."""
    m, s = 2.0, 0.5
    given = problem(Gaussian(), Gaussian(mean=m, std=s), dim, pairs=2000)
    v = closed_form(given)
    found = answered(FieldMap(t=t), Subject(given, Euler(), Off(v, 0.25), v))
    times = found.times.astype(float)
    c = (1 - times) ** 2 + times**2 * s**2
    gain = (times * s**2 - (1 - times)) / c
    there = np.isfinite(found.divergence)
    assert 0.1 < there.mean() < 1.0
    exact = m + gain[..., None] * (found.at - times[..., None] * m)
    np.testing.assert_allclose(found.v[there], (exact + 0.25)[there], atol=1e-4)
    np.testing.assert_allclose(found.divergence[there], (dim * gain)[there], atol=1e-3)
    np.testing.assert_allclose(found.variance[there], (dim * s**2 / c)[there], rtol=1e-4)
    np.testing.assert_allclose(found.gap[there], 0.25 * np.sqrt(dim), rtol=1e-3)
    if dim > 1:
        assert (times == np.float32(t)).all()


def test_without_a_closed_form_two_are_left_out() -> None:
    given = problem(Gaussian(), Gaussian(mean=2.0), 2, pairs=300)
    found = answered(FieldMap(), Subject(given, Euler(), closed_form(given)))
    assert found.variance is None and found.gap is None and np.isfinite(found.v).any()


def test_two_modes_need_an_even_number_of_steps() -> None:
    """Nobody changes sides with N = 2, and many do with N = 3: odd N strides over t = 1/2 (MATH, Euler)."""
    given = problem(TwoModes(), TwoModes(at=15.0), 2, pairs=400)
    v = closed_form(given)
    found = answered(EulerPolygons(), Subject(given, Euler(), v, v))
    share = dict(zip(found.steps, found.switched.mean(1), strict=True))
    assert share[2] == 0.0 and share[3] > 0.2
    assert [made.shape for made in found.polygons] == [(n + 1, 400, 2) for n in found.steps]


def test_the_error_falls_like_one_over_n() -> None:
    given = problem(Gaussian(), Gaussian(mean=2.0, std=0.5), 1, pairs=400)
    v = closed_form(given)
    found = answered(EulerPolygons(steps=(16, 32, 64, 128)), Subject(given, Euler(), v, v))
    order = -np.diff(np.log2(found.error))
    np.testing.assert_allclose(order, 1.0, atol=0.1)
    assert found.switched is None and (found.spread > 0).all() and (found.spread < found.error).all()


def test_a_straight_flow_needs_one_step() -> None:
    given = problem(Gaussian(), Gaussian(mean=3.0), 2, pairs=200)

    found = answered(EulerPolygons(), Subject(given, Euler(), Given(lambda x, t: 0 * x + 3.0)))
    np.testing.assert_allclose(found.error, 0.0, atol=1e-12)
