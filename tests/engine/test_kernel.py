"""Regression on the pairs, linear and by averages: where its answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine import cores
from engine.distributions.two_modes import TwoModes
from engine.fields import cells
from engine.fields.closed import MixtureField
from engine.fields.kernel import AverageField, KernelField
from engine.parts import Path
from engine.paths.noisy import Noisy
from engine.paths.spherical import Spherical
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


@pytest.mark.parametrize("kind", [KernelField, AverageField])
def test_a_time_for_each_point(kind: type[KernelField]) -> None:
    field, x = kind(Straight(), *pairs_of_gaussians(300, 2)), normal(10, 2, 5)
    assert np.array_equal(field(x, np.full((10, 1), 0.3)), field(x, 0.3))
    t = np.array([0.1, 0.7, 0.1, 0.3, 0.7, 0.9, 0.0, 1.0, 0.1, 0.3])
    one_by_one = [field(x[k : k + 1], float(t[k])) for k in range(10)]
    assert np.allclose(field(x, t[:, None]), np.concatenate(one_by_one), rtol=1e-12)
    assert field(x[:0], 0.3).shape == (0, 2) and field.spread(x[:0], 0.3).shape == (0,)


def test_order_of_calls_does_not_matter() -> None:
    """The tree of the last t is kept: it must not answer for another t."""
    pairs = pairs_of_gaussians(200, 2)
    field, x = KernelField(Straight(), *pairs), normal(10, 2, 5)
    first = field(x, 0.2)
    field(x, 0.8)
    assert np.array_equal(field(x, 0.2), first)
    assert np.array_equal(KernelField(Straight(), *pairs)(x, 0.8), field(x, 0.8))


# --- Nadaraya-Watson ---


@pytest.mark.parametrize("path", [Straight(), Spherical()], ids=lambda path: path.kind)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_average_is_the_formula(dim: int, path: Path) -> None:
    """sum_i w_i dX^i, pair by pair; over all of them, and over the nearest with their own bandwidth."""
    x0, x1 = pairs_of_gaussians(200, dim)
    x = np.concatenate([normal(6, dim, 5), 50 + normal(2, dim, 6)])
    for t in (0.0, 0.4, 1.0):
        xt, dxt = path.at(x0, x1, t)
        for nearest, h in ((200, 0.3), (20, 0.3), (20, 0.0)):
            field = AverageField(path, x0, x1, nearest, h)
            for k, at in enumerate(x):
                square = ((at - xt) ** 2).sum(1)
                near = np.argsort(square)[:nearest]
                width = h or np.sqrt(square[near[-1]]) / 2
                w = np.exp(-(square[near] - square.min()) / (2 * width**2))
                v = w @ dxt[near] / w.sum()
                assert np.allclose(field(x, t)[k], v, rtol=1e-9, atol=1e-12)
                if (w**2).sum() < 0.99 * w.sum() ** 2:
                    variance = w @ ((dxt[near] - v) ** 2).sum(1) / (w.sum() - (w**2).sum() / w.sum())
                    assert field.spread(x, t)[k] == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("dim", [1, 2])
def test_average_tends_to_the_closed_form(dim: int) -> None:
    """With k ~ n^(4/(4+d)) bias and deviation both fall like n^(-2/(4+d)): by 4.0 in 1-D for 32 times the pairs."""
    source, target = TwoModes(separation=2.0, std=0.6), TwoModes(at=1.0, separation=3.0, std=0.5)
    exact = MixtureField(source.mixture(dim), target.mixture(dim))
    errors = []
    for n in (2000, 8000, 64_000):
        square = []
        for seed in range(3):
            rng = np.random.default_rng([n, seed])
            x0, x1 = source.sample(n, dim, rng), target.sample(n, dim, rng)
            field = AverageField(Straight(), x0, x1, nearest=round(0.3 * n ** (4 / (4 + dim))))
            for t in (0.3, 0.6):
                x = Straight().at(x0[:300], x1[:300], t)[0]
                square.append(((field(x, t) - exact(x, t)) ** 2).sum(1).mean())
        errors.append(np.sqrt(np.mean(square)))
    assert errors == sorted(errors, reverse=True)
    order = np.log(errors[0] / errors[2]) / np.log(32)
    assert order == pytest.approx(2 / (4 + dim), abs=0.12)


def test_average_of_noisy_lines() -> None:
    """White ends and noise: v = Cov(dX, X_t)/Var(X_t) x, the noise's own share in both."""
    path, t = Noisy(sigma=1.0), 0.25
    x0, x1 = pairs_of_gaussians(60_000, 1)
    (g, slope), one = path.disturb(np.zeros(1), np.zeros(1), t, np.ones(1)), 2 * t - 1
    rate = (one + g * slope) / ((1 - t) ** 2 + t**2 + g**2)
    x = np.linspace(-1.5, 1.5, 60)[:, None]
    off = AverageField(path, x0, x1, nearest=1500)(x, t) - rate * x
    assert np.sqrt((off**2).mean()) < 0.1
    assert abs(rate - one / ((1 - t) ** 2 + t**2)) > 0.3  # without the noise it is another


@pytest.mark.parametrize("bandwidth", [0.0, 0.05, 2.0])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_many_points_at_once_are_as_each_alone(dim: int, bandwidth: float) -> None:
    """Points in cells share a search; the averages are those of a search for each, to rounding, near t = 1 too."""
    law = TwoModes(separation=3.0, std=0.5)
    rng = np.random.default_rng(dim)
    x0, x1 = normal(3000, dim, 3), law.sample(3000, dim, rng)
    x0[:3] += 1e3
    field = AverageField(Straight(), x0, x1, 60, bandwidth)
    size = cells.size(len(x0), len(x0), 60, dim)
    assert size
    for t in (0.0, 0.6, 0.999, 1.0):
        x = Straight().at(x0, x1, t)[0][::-1] + 0.01
        right = KernelField.__call__(field, x, t)
        np.testing.assert_allclose(field(x, t), right, rtol=0, atol=1e-9 * np.abs(right).max())
        tree, xt, dxt = field._tree(t)
        found, proved = cells.averages(x, tree, np.hstack([xt, dxt]), 60, bandwidth, size)
        assert proved.mean() > 0.5
        np.testing.assert_allclose(found[proved], right[proved], rtol=0, atol=1e-9 * np.abs(right).max())


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_many_points_at_once_on_any_number_of_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x0, x1 = pairs_of_gaussians(3000, 2)
    field, found = AverageField(Straight(), x0, x1, 80), []
    for given in (1, threads):
        monkeypatch.setattr(cores, "_given", given)
        found.append(field(x0, 0.3))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("x1", ["one point", "four points", "a lattice"])
def test_many_points_at_once_where_pairs_coincide(x1: str) -> None:
    """Equal distances are no matter of luck: each of these points is asked for alone."""
    x0, rng = normal(3000, 2, 0), np.random.default_rng(1)
    ends = {"one point": 1, "four points": 4, "a lattice": 400}[x1]
    at = np.stack(np.divmod(rng.integers(0, ends, 3000), 20), -1).astype(float)
    field = AverageField(Straight(), x0, at, 100)
    for t in (0.5, 1.0):
        np.testing.assert_allclose(field(x0, t), KernelField.__call__(field, x0, t), rtol=0, atol=1e-9)


def test_average_of_few_and_equal_pairs() -> None:
    x0, x = normal(5, 2, 0), normal(10, 2, 1)
    assert np.allclose(AverageField(Straight(), x0, x0 + 1.0)(x, 0.5), 1.0, atol=1e-12)
    point = AverageField(Straight(), normal(500, 2, 0), np.ones((500, 2)))
    for t in (0.0, 1.0):
        assert np.isfinite(point(x, t)).all() and np.isfinite(point.spread(x, t)).all()
    assert np.isfinite(AverageField(Straight(), x0, x0[::-1], nearest=1)(x, 0.5)).all()
