"""Local linear regression: where its answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.kernel import KernelField
from engine.paths.straight import Straight

MAPS = {
    1: (np.array([[2.5]]), np.array([1.0])),
    2: (np.array([[1.5, -0.8], [0.6, 0.7]]), np.array([3.0, -1.0])),
    3: (np.array([[1.2, 0.3, 0.0], [-0.4, 0.8, 0.2], [0.1, 0.0, 2.0]]), np.array([1.0, 0.0, -2.0])),
}


def normal(n: int, dim: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, dim))


def pairs_of_gaussians(n: int, dim: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return normal(n, dim, seed), normal(n, dim, seed + 1000)


def crossing(field: KernelField, x0: np.ndarray, x1: np.ndarray) -> float:
    """int E tr Var(dX | X_t) dt along these pairs, by 24 Gauss-Legendre nodes."""
    t, w = np.polynomial.legendre.leggauss(24)
    return sum(b / 2 * field.spread(x0 + a * (x1 - x0), a).mean() for a, b in zip((t + 1) / 2, w, strict=True))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_linear_fields_are_recovered(dim: int) -> None:
    """X1 = A X0 + b gives v(x, t) = b + (A - 1)(1 + t(A - 1))^-1 (x - t b), inside the cloud and outside of it."""
    a, b = MAPS[dim]
    x0 = normal(300, dim, 0)
    field = KernelField(Straight(), x0, x0 @ a.T + b)
    away = a - np.eye(dim)
    for t in (0.0, 0.3, 0.7, 1.0):
        inverse = away @ np.linalg.inv(np.eye(dim) + t * away)
        for x in (normal(50, dim, 1), 10 + normal(50, dim, 2)):
            assert np.allclose(field(x, t), b + (x - t * b) @ inverse.T, atol=1e-5)
            assert field.spread(x, t).max() < 1e-9


def test_no_crossing_where_lines_do_not_cross() -> None:
    """A monotone map that is not linear: V = 0, up to the curvature within a neighbourhood."""
    x0 = normal(4000, 1, 0)
    x1 = x0 + 2 + 0.4 * np.sin(2 * x0)
    field = KernelField(Straight(), x0, x1)
    assert crossing(field, x0[:300], x1[:300]) < 2e-3 * ((x1 - x0) ** 2).mean()
    for t in (0.2, 0.8):
        assert np.abs(field(x0 + t * (x1 - x0), t) - (x1 - x0))[np.abs(x0) < 2].max() < 0.05


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_crossing_of_independent_gaussians(dim: int) -> None:
    """V = d pi/2; 20,000 pairs know it to about 1 % (one standard error in 1-D)."""
    x0, x1 = pairs_of_gaussians(20_000, dim)
    field = KernelField(Straight(), x0, x1)
    assert crossing(field, x0[:500], x1[:500]) == pytest.approx(dim * np.pi / 2, rel=0.04)


def test_velocity_of_independent_gaussians() -> None:
    """v = (2t - 1)/((1-t)^2 + t^2) x; a fit to 48 pairs of unit spread is off by 1/sqrt(48) or so."""
    field = KernelField(Straight(), *pairs_of_gaussians(50_000, 1))
    x = np.linspace(-1.5, 1.5, 200)[:, None]
    for t in (0.0, 0.25, 0.5, 0.9):
        off = field(x, t) - (2 * t - 1) / ((1 - t) ** 2 + t**2) * x
        assert np.sqrt((off**2).mean()) < 0.35
        assert abs(off.mean()) < 0.1


def test_more_neighbours_are_smoother() -> None:
    x = np.linspace(-1, 1, 200)[:, None]
    pairs = pairs_of_gaussians(20_000, 1)
    rough = [np.sqrt((KernelField(Straight(), *pairs, nearest=k)(x, 0.5) ** 2).mean()) for k in (12, 48, 400)]
    assert rough == sorted(rough, reverse=True) and rough[2] < 0.15  # v = 0 there


def test_scale_does_not_matter() -> None:
    """The same pairs in millionths, and far from the origin."""
    x0, x1 = pairs_of_gaussians(500, 2)
    field = KernelField(Straight(), x0, x1)
    x = normal(20, 2, 5)
    for scale, shift in ((1e-6, 0.0), (1e4, 1e5)):
        other = KernelField(Straight(), scale * x0 + shift, scale * x1 + shift)
        assert np.allclose(other(scale * x + shift, 0.4), scale * field(x, 0.4), rtol=1e-5, atol=1e-5 * scale)
        assert np.allclose(other.spread(scale * x + shift, 0.4), scale**2 * field.spread(x, 0.4), rtol=1e-5)


def test_few_and_equal_pairs() -> None:
    """Fewer pairs than neighbours, and all ends at one point: finite, and right where it can be."""
    x0 = normal(5, 2, 0)
    few = KernelField(Straight(), x0, x0 + np.array([1.0, 2.0]))
    assert np.allclose(few(normal(10, 2, 1), 0.5), [1.0, 2.0], atol=1e-6)
    point = KernelField(Straight(), normal(500, 2, 0), np.ones((500, 2)))
    x = normal(10, 2, 1)
    assert np.allclose(point(x, 0.5), (1 - x) / 0.5, atol=1e-5)
    assert np.isfinite(point(x, 1.0)).all() and np.isfinite(point.spread(x, 1.0)).all()
    assert np.isfinite(KernelField(Straight(), x0[:2], x0[2:4])(x, 0.3)).all()


def test_takes_one_time_for_all_points() -> None:
    field = KernelField(Straight(), *pairs_of_gaussians(100, 2))
    x = normal(10, 2, 5)
    assert np.array_equal(field(x, np.full((10, 1), 0.3)), field(x, 0.3))
    with pytest.raises(ValueError, match="one t for all points"):
        field(x, np.linspace(0, 1, 10)[:, None])


def test_order_of_calls_does_not_matter() -> None:
    """The tree of the last t is kept: it must not answer for another t."""
    pairs = pairs_of_gaussians(200, 2)
    field, x = KernelField(Straight(), *pairs), normal(10, 2, 5)
    first = field(x, 0.2)
    field(x, 0.8)
    assert np.array_equal(field(x, 0.2), first)
    assert np.array_equal(KernelField(Straight(), *pairs)(x, 0.8), field(x, 0.8))
