"""Which lines cross, counted over all pairs of them: in 1-D by their order, elsewhere by products of matrices.

Two lines that cross on the page almost never meet at one time: the two are counted apart. Needs numpy alone.
"""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.motion.stopping import Stop, Stopped, never

NEAR = 1e-6  # of an end: lines that share an end do not cross there
NEARBY = 0.01  # of the spread: how close a meeting is
ROWS = 512  # lines compared with all others at once


def share(each: np.ndarray) -> Estimate:
    """Share of the pairs of m lines of which something holds, from ``each`` (m,): with how many others it holds.

    A U-statistic: each line counts twice, and what only two together do was drawn once for each two, not for each line.
    """
    m = len(each)
    if m < 2:
        return Estimate(0.0, None, m)
    shares = each / (m - 1)
    value = float(shares.mean())
    together = 2 * value * (1 - value) / (m * (m - 1))  # at most
    variance = max(4 * float(shares.var(ddof=1)) / m - together, together)
    return Estimate(value, float(np.sqrt(variance)), m)


def exchanged(x0: np.ndarray, x1: np.ndarray, stop: Stop = never) -> np.ndarray:
    """With how many others each of n pairs of numbers is in opposite order at the two ends, (n,): (x0-x0')(x1-x1') < 0.

    Counted while merging sorted halves, all blocks of one length at once: O(n log² n). Ties are no exchange.
    Raises Stopped.
    """
    n = len(x0)
    order = np.lexsort((x1, x0))  # equal x0 in order of x1: not exchanged
    rank = np.unique(x1[order], return_inverse=True)[1].astype(np.int64)
    count, place, width = np.zeros(n, np.int64), np.arange(n), 1
    while width < n:
        if stop():
            raise Stopped
        # sorted inside blocks of ``width``: even blocks are the left halves, odd ones the right
        at = np.arange(n)
        pair, right = at // (2 * width), (at // width) % 2 == 1
        key = pair * np.int64(n + 1) + rank  # ascending over all left halves, and over all right ones
        a, b = key[~right], key[right]
        pair_a, pair_b = pair[~right], pair[right]
        # left elements in front of a pair's: of one pair, those that are larger than the right element
        upto = np.searchsorted(pair_a, pair_b, "right")
        count[place[right]] += upto - np.searchsorted(a, b, "right")
        count[place[~right]] += np.searchsorted(b, a, "left") - np.searchsorted(pair_b, pair_a, "left")
        merged = np.argsort(key, kind="stable")
        rank, place, width = rank[merged], place[merged], 2 * width
    result = np.empty(n, np.int64)
    result[order] = count
    return result


def _sides(a: np.ndarray, b: np.ndarray, rows: slice) -> np.ndarray:
    """Whether the ends of each segment j lie on different sides of the line through segment i, (rows, n)."""
    d = (b - a)[rows]
    turned = np.column_stack([-d[:, 1], d[:, 0]])
    from_i = (turned * a[rows]).sum(1, keepdims=True)
    start, end = turned @ a.T - from_i, turned @ b.T - from_i
    # the line of i cuts j at the share start / (start - end) of its length; on one line both are rounding
    low, high = np.minimum(np.abs(start), np.abs(end)), np.maximum(np.abs(start), np.abs(end))
    least = 1e-13 * np.linalg.norm(d, axis=1, keepdims=True) * max(np.abs(a).max(), np.abs(b).max())
    return (start * end < 0) & (low > NEAR * (low + high)) & (high > least)


def on_page(a: np.ndarray, b: np.ndarray, stop: Stop = never) -> np.ndarray:
    """Which segments a_i b_i and a_j b_j properly intersect, at any times: (m, m); a, b (m, 2). Raises Stopped."""
    middle = a.mean(0) if len(a) else 0.0
    a, b = a - middle, b - middle
    cut = np.empty((len(a), len(a)), bool)
    for k in range(0, len(a), ROWS):
        if stop():
            raise Stopped
        cut[k : k + ROWS] = _sides(a, b, slice(k, k + ROWS))
    return cut & cut.T


def page_crossings(a: np.ndarray, b: np.ndarray, stop: Stop = never) -> np.ndarray:
    """Where those segments intersect, (k, 2), one point for each two of them. Raises Stopped."""
    i, j = np.nonzero(np.triu(on_page(a, b, stop), 1))
    d, e, gap = b[i] - a[i], b[j] - a[j], a[j] - a[i]
    s = (gap[:, 0] * e[:, 1] - gap[:, 1] * e[:, 0]) / (d[:, 0] * e[:, 1] - d[:, 1] * e[:, 0])
    return a[i] + s[:, None] * d


def spread(*clouds: np.ndarray) -> float:
    """Root of the mean squared distance of points from the middle of their cloud, over the clouds."""
    return float(np.sqrt(np.mean([((x - x.mean(0)) ** 2).sum(1).mean() for x in clouds])))


def meeting(z: np.ndarray, reach: float, stop: Stop = never) -> np.ndarray:
    """Which two polylines z (m, n, d), run through at one common clock, meet: (n, n).

    They come closer than ``reach`` at some time, but are further apart at the start and at the end: particles that
    travel side by side do not meet. Between two times the difference of two particles is linear in t, so its least
    length is known in closed form. Raises Stopped.
    """
    z = z - z.mean((0, 1))
    n, squares = z.shape[1], (z**2).sum(2)
    close = np.zeros((n, n), bool)
    for k in range(0, n, ROWS):
        rows, rest = slice(k, k + ROWS), slice(k, None)  # each two once
        first = lower = _apart(z[0], squares[0], rows, rest)
        met = np.zeros(lower.shape, bool)
        for now in range(1, len(z)):
            if stop():
                raise Stopped
            # differences D at the start and E at the end of this stretch: |D|², |E|², D·E
            upper = _apart(z[now], squares[now], rows, rest)
            product = _product(z[now - 1], z[now], rows, rest)
            along = lower - product  # D·(D - E)
            length = lower + upper - 2 * product  # |D - E|²
            at = np.clip(along / np.maximum(length, 1e-300), 0.0, 1.0)
            met |= lower - at * (2 * along - at * length) < reach**2
            lower = upper
        close[rows, rest] = met & (first > reach**2) & (lower > reach**2)
    return close | close.T


def nearest(z: np.ndarray, times: np.ndarray, i: np.ndarray, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """When polylines i and j of z (m, n, d), run through at one clock ``times`` (m,), are nearest to each other, (k,),
    and the middle between them then, (k, d)."""
    best, when, where = np.full(len(i), np.inf), np.zeros(len(i)), np.zeros((len(i), z.shape[2]))
    for now in range(1, len(z)):
        gap, change = z[now - 1, i] - z[now - 1, j], z[now, i] - z[now, j]
        change = change - gap
        share = np.clip(-(gap * change).sum(1) / np.maximum((change**2).sum(1), 1e-300), 0.0, 1.0)
        apart = ((gap + share[:, None] * change) ** 2).sum(1)
        closer = apart < best
        middle = (z[now - 1, i] + z[now - 1, j]) / 2
        middle = middle + share[:, None] * ((z[now, i] + z[now, j]) / 2 - middle)
        best = np.where(closer, apart, best)
        when = np.where(closer, times[now - 1] + share * (times[now] - times[now - 1]), when)
        where = np.where(closer[:, None], middle, where)
    return when, where


def _apart(x: np.ndarray, squares: np.ndarray, rows: slice, rest: slice) -> np.ndarray:
    """|x_i - x_j|²."""
    return np.maximum(squares[rows, None] + squares[rest] - (2 * x[rows]) @ x[rest].T, 0.0)


def _product(x: np.ndarray, y: np.ndarray, rows: slice, rest: slice) -> np.ndarray:
    """(x_i - x_j)·(y_i - y_j)."""
    own = (x * y).sum(1)
    return own[rows, None] + own[rest] - np.hstack([x[rows], y[rows]]) @ np.hstack([y[rest], x[rest]]).T
