"""Crossings and meetings of hand-made lines, against brute force over all pairs, and their stated errors."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evidence.crossings import exchanged, meeting, on_page, page_crossings, share, spread
from engine.evidence.estimate import Estimate
from engine.motion.stopping import Stopped


def test_order_against_all_pairs() -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 17, 64, 301):
        x0, x1 = rng.standard_normal((2, n))
        x0[: n // 4], x1[n // 2 : n // 2 + n // 5] = x0[n // 4 : n // 4 * 2], 0.5  # ties are no exchange
        expected = ((x0[:, None] - x0) * (x1[:, None] - x1) < 0).sum(1)
        np.testing.assert_array_equal(exchanged(x0, x1), expected)


def test_share_is_kendalls() -> None:
    from scipy.stats import kendalltau

    x0, x1 = np.random.default_rng(1).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 500).T
    assert share(exchanged(x0, x1)).value == pytest.approx((1 - kendalltau(x0, x1).statistic) / 2, rel=1e-12)
    assert share(exchanged(x0, -x0)) == Estimate(1.0, 0.0, 500)
    assert share(exchanged(x0, 3 * x0)) == Estimate(0.0, 0.0, 500)
    assert share(exchanged(x0[:1], x1[:1])).error is None


def test_the_error_of_a_share_is_honest() -> None:
    found = []
    for seed in range(60):
        x0, x1 = np.random.default_rng(seed).standard_normal((2, 200))
        found.append(share(exchanged(x0, x1)))
    assert np.mean([e.value for e in found]) == pytest.approx(0.5, abs=4 * found[0].error / np.sqrt(60))
    assert 0.75 < np.std([e.value for e in found], ddof=1) / np.mean([e.error for e in found]) < 1.3


def test_segments_of_one_cross() -> None:
    """Two diagonals that cross, one segment beside them, one that shares an end with the first, one that only points
    at it."""
    a = np.array([[0.0, 0], [0, 2], [3, 0], [0, 0], [1, -2]])
    b = np.array([[2.0, 2], [2, 0], [3, 2], [0, 2], [1, 0.9]])
    hit = on_page(a, b)
    assert hit.sum() == 2 and hit[0, 1] and hit[1, 0]
    np.testing.assert_allclose(page_crossings(a, b), [[1.0, 1.0]])
    far = on_page(a + 1e4, b + 1e4)
    np.testing.assert_array_equal(far, hit)


def test_lines_to_one_point_do_not_cross() -> None:
    a = np.random.default_rng(0).standard_normal((300, 2))
    assert not on_page(a, np.tile([3.0, 1.0], (300, 1))).any()
    twice = np.repeat(a[:50], 2, axis=0)  # nor do lines that lie on each other
    assert not on_page(twice, twice + 1.0).any()


def test_a_cross_meets_only_in_time() -> None:
    """The diagonals of a square meet at t = 1/2; run through late, they cross on the page but do not meet."""
    cross = np.array([[[0.0, 0], [0, 2]], [[2.0, 2], [2, 0]]])
    assert meeting(cross, 0.01)[0, 1]
    late = np.array([[[0.0, 0], [-2, 4]], [[2.0, 2], [2, 0]]])
    assert on_page(late[0], late[1])[0, 1] and not meeting(late, 0.01)[0, 1]
    assert meeting(late, 1.0)[0, 1]  # they pass each other at 2/sqrt(10)
    beside = np.array([[[0.0, 0], [0, 0.005]], [[2.0, 2], [2, 2.005]]])
    assert not meeting(beside, 0.01).any()  # side by side all the way


@pytest.mark.parametrize("dim", [2, 3])
def test_meetings_against_many_times(dim: int) -> None:
    z, reach = np.random.default_rng(dim).standard_normal((3, 90, dim)), 0.2
    apart = np.full((90, 90), np.inf)
    for t in np.linspace(0, 1, 4001):
        k = min(1, int(2 * t))
        x = z[k] + (2 * t - k) * (z[k + 1] - z[k])
        apart = np.minimum(apart, np.linalg.norm(x[:, None] - x, axis=-1))
    ends = [np.linalg.norm(x[:, None] - x, axis=-1) > reach for x in (z[0], z[-1])]
    expected = (apart < reach) & ends[0] & ends[1]
    assert expected.sum() > 50 and (meeting(z, reach) != expected).sum() <= 2  # 4,001 times miss what is just closer


def test_more_lines_than_one_block() -> None:
    x = np.random.default_rng(0).standard_normal((2, 700, 2))
    hit, met = on_page(*x), meeting(x, 0.05)
    part = slice(400, 600)
    np.testing.assert_array_equal(hit[part, part], on_page(*x[:, part]))
    np.testing.assert_array_equal(met[part, part], meeting(x[:, part], 0.05))
    assert (hit == hit.T).all() and (met == met.T).all() and not hit.diagonal().any() and not met.diagonal().any()


def test_spread_is_that_of_the_clouds() -> None:
    x = np.random.default_rng(0).standard_normal((2, 4000, 3)) * np.array([1.0, 3.0])[:, None, None]
    assert spread(*x) == pytest.approx(np.sqrt(3 * (1 + 9) / 2), rel=0.03)
    assert spread(*(x + 50)) == pytest.approx(spread(*x))


def test_stop_is_heard() -> None:
    x = np.zeros((2, 5, 2))
    for work in (
        lambda: exchanged(x[0, :, 0], x[1, :, 0], lambda: True),
        lambda: on_page(*x, lambda: True),
        lambda: meeting(x, 1.0, lambda: True),
    ):
        with pytest.raises(Stopped):
            work()
