"""The data that a place looks ahead to, and one target point beside all: against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.couplings.sorted import Sorted
from engine.distributions.drawn import Drawn
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture as Mixture
from engine.fields.closed import FiniteField, closed_form
from engine.fields.field import Given
from engine.parts import Wrong
from engine.paths.spherical import Spherical
from engine.probe import Subject, answered
from engine.probes.one_target import OneTarget, toward_one
from engine.probes.posterior import PosteriorWeights, weights_at
from engine.probes.speeds import PRESSURES, Speeds
from engine.probes.streamlines import Streamlines, spaced
from engine.solvers.euler import Euler
from tests.engine.test_metrics import problem

POINTS = ((2.0, 1.0), (3.0, -1.0), (1.5, 2.5), (-1.0, 0.5), (2.2, 1.1))
TWO = Mixture(means=((-1.0, 0.0), (1.0, 0.5)), stds=(0.7, 0.4), weights=(0.3, 0.7))


def to_points(source=TWO, pairs: int = 400):
    return problem(source, Drawn(dots=POINTS, jitter=0.0), 2, pairs=pairs)


@pytest.mark.parametrize("path", ["straight", "spherical"])
@pytest.mark.parametrize("t", [0.0, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("source", [Gaussian(), TWO])
def test_the_average_over_the_posterior_is_the_velocity(source, t: float, path: str) -> None:
    """sum_i w_i (x_i - x)/(1 - t) is v* of finite data, whatever the affine path."""
    given = to_points(source)
    given = replace(given, path=Spherical()) if path == "spherical" else given
    v = closed_form(given)
    for x in ((0.5, 0.2), (1.8, 0.9)):
        found = weights_at(given, np.array(x), t)
        assert found.by == "law" and found.weight.sum() == pytest.approx(1.0) and len(found.x1) == len(POINTS)
        np.testing.assert_allclose(found.mean, v(np.array([x]), t)[0], atol=1e-9)
        assert 1.0 <= found.size <= len(POINTS)


def test_at_the_start_all_points_count_and_near_the_end_one() -> None:
    early, late = (weights_at(to_points(), np.array([2.05, 1.02]), t) for t in (0.0, 0.99))
    assert early.size == pytest.approx(len(POINTS)) and late.size == pytest.approx(1.0, abs=0.01)
    assert late.x1[late.weight.argmax()].tolist() == [2.0, 1.0]


def test_of_a_law_a_sample_stands_for_it_and_of_other_pairs_the_nearest_lines() -> None:
    given = problem(Gaussian(), Gaussian(mean=3.0, std=0.5), 2, pairs=4000)
    x, t = np.array([1.0, 1.5]), 0.5
    exact = closed_form(given)(x[None], t)[0]
    sample = weights_at(given, x, t)
    assert sample.by == "sample"
    error = np.sqrt(((sample.weight**2)[:, None] * ((sample.x1 - x) / (1 - t) - sample.mean) ** 2).sum(0))
    assert (np.abs(sample.mean - exact) < 4 * error).all()
    lines = weights_at(replace(given, coupling=Sorted()), x, t)
    assert lines.by == "lines" and np.abs(lines.mean - exact).max() < 0.6 and lines.weight.sum() == pytest.approx(1.0)


def test_without_a_place_a_busy_one_is_found() -> None:
    given = to_points()
    v = closed_form(given)
    found = answered(PosteriorWeights(t=0.4), Subject(given, Euler(), v, v))
    assert found.t == 0.4 and found.x.shape == (2,) and found.size > 1.2
    with pytest.raises(Wrong, match="3 numbers in dimension 2"):
        answered(PosteriorWeights(at=(0.0, 0.0, 0.0)), Subject(given, Euler(), v, v))


# one target point


@pytest.mark.parametrize("path", ["straight", "spherical"])
def test_the_average_of_the_conditional_fields_is_the_field(path: str) -> None:
    """E over the posterior of the velocity towards each point, at places where all of them have mass."""
    given = to_points(Gaussian())
    given = replace(given, path=Spherical()) if path == "spherical" else given
    x, t, v = np.array([[0.5, 0.2], [1.0, 1.0]]), 0.5, closed_form(given)
    each = np.stack([toward_one(given.path, x, t, np.array(point)) for point in POINTS])
    for k in range(2):
        found = weights_at(given, x[k], t)
        order = [int(((found.x1 - point) ** 2).sum(1).argmin()) for point in np.array(POINTS)]
        np.testing.assert_allclose(found.weight[order] @ each[:, k], v(x[k : k + 1], t)[0], atol=1e-9)
    if path == "straight":
        np.testing.assert_allclose(each[0], (np.array(POINTS[0]) - x) / (1 - t))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_towards_one_point_beside_all(dim: int) -> None:
    given = problem(Gaussian(), Gaussian(mean=3.0, std=0.7), dim, pairs=3000)
    v = closed_form(given)
    wanted = tuple([3.5] * dim)
    found = answered(OneTarget(target=wanted, t=0.5), Subject(given, Euler(), v, v))
    nearest = given.x1[((given.x1 - 3.5) ** 2).sum(1).argmin()]
    np.testing.assert_allclose(found.target, nearest)
    there = np.isfinite(found.toward).all(1)
    assert there.any()
    exact = (found.target - found.at[there]) / (1 - found.times[there, None])
    np.testing.assert_allclose(found.toward[there], exact, rtol=1e-4, atol=1e-4)
    both = np.isfinite(found.average).all(1)
    assert both.sum() >= 4
    times = found.times[both].astype(float)[:, None]
    c = (1 - times) ** 2 + times**2 * 0.49
    known = 3.0 + (times * 0.49 - (1 - times)) / c * (found.at[both] - times * 3.0)
    np.testing.assert_allclose(found.average[both], known, atol=1e-3)
    alone = (1 - 0.5) * given.x0[:400] + 0.5 * found.target
    np.testing.assert_allclose(found.alone, alone, atol=1e-5)


# speeds


def test_finite_data_speed_up_like_the_pressure_and_a_smooth_law_does_not() -> None:
    """At places that stay |v*| (1 - t) tends to the distance to the nearest point: mean and largest."""
    given = to_points(Gaussian())
    v = closed_form(given)
    assert isinstance(v, FiniteField) or v.singular
    found = answered(Speeds(), Subject(given, Euler(), v, v))
    assert found.away is not None and found.times[-1] == pytest.approx(0.999)
    for speed, c in zip((found.mean, found.most), found.away, strict=True):
        np.testing.assert_allclose(speed[-4:] / PRESSURES[-4:], c, rtol=0.02)
    assert found.riding[-1] < 3 * found.riding[0]  # where the particles are nothing blows up
    smooth = problem(Gaussian(), Gaussian(mean=2.0, std=0.5), 2, pairs=400)
    found = answered(Speeds(), Subject(smooth, Euler(), closed_form(smooth)))
    assert found.away is None and found.mean[-1] < 10 * found.mean[0]


# streamlines


@pytest.mark.parametrize("dim", [2, 3])
def test_streamlines_of_a_rotation_are_circles(dim: int) -> None:
    given = problem(Gaussian(), Gaussian(), dim, pairs=2000)

    def around(x: np.ndarray, t: float) -> np.ndarray:
        return np.column_stack([-x[:, 1], x[:, 0], *(0 * x[:, 2:]).T])

    found = answered(Streamlines(t=0.3), Subject(given, Euler(), Given(around)))
    assert found.lines.shape[1:] == (81, dim) and len(found.lines) > 5
    for line in found.lines:
        line = line[np.isfinite(line[:, 0])]
        radius = np.linalg.norm(line[:, :2], axis=1)
        assert np.ptp(line[:, 2:], axis=0).sum() < 1e-5
        assert radius.mean() < 0.7 or np.ptp(radius) < 0.005 * radius.mean()  # steps are no shorter on small circles
        turned = np.unwrap(np.arctan2(line[:, 1], line[:, 0]))
        assert radius.mean() < 0.15 or (np.diff(turned) > 0).all()  # in the direction of v


def test_lines_keep_apart() -> None:
    lines = np.stack([np.linspace(0, 1, 21), np.zeros(21)], -1)[None].repeat(3, 0)
    lines[1, :, 1] += 0.02
    lines[2, :, 1] += 0.5
    assert len(spaced(lines, 10, 0.1)) == 2


def test_a_field_that_stands_still_has_no_streamlines() -> None:
    given = problem(Gaussian(), Gaussian(), 2, pairs=50)
    found = answered(Streamlines(), Subject(given, Euler(), Given(lambda x, t: 0 * x)))
    assert np.isfinite(found.lines).all() or len(found.lines) == 0 or np.isfinite(found.lines[:, 40]).all()
