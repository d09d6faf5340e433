"""Averages over the k nearest pairs at many points at once: points that lie together share one search.

A search for each point takes most of the time of an average, so points are put into cells, by a tree of their own, and
one search from the middle of a cell finds some hundred pairs, among which those nearest to each of its points are told
by products of matrices. That they are the nearest of all is proved point by point: the k-th of them is nearer than
whatever the search has left out can be. Points for which it is not are left to whoever asked, and equal distances too.
The averages are those of one search for each point, but for float64's rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine import cores
from engine.motion.stopping import heed, portions

CELL = 8, 64  # points: of fewer a search for each is as fast, of more each looks at too many pairs
LEAST = 2048  # points that are worth it
LARGEST = 1024  # pairs: a cell of more would keep a stop waiting
CLASS = 32  # pairs: searches find a multiple of so many
MOST = 8  # times k pairs of one search
SEARCHED = 2**18  # pairs that are searched for between two looks at a stop
AT_ONCE = 2**16  # distances looked at together: they stay in the cache
CLEAR = 1e-9  # of its reach by which a search must have gone further than the k-th pair, and of the k-th the next


def size(points: int, pairs: int, k: int, dim: int) -> int:
    """Points of one cell where cells pay: about as many as have the dim-th part of k pairs between them; else 0."""
    found = k * points // (dim * pairs)
    pays = found >= CELL[0] and points >= LEAST and k <= min(LARGEST, pairs // 2)
    return min(found, CELL[1]) if pays else 0


def averages(
    x: np.ndarray, tree: Any, pairs: np.ndarray, k: int, bandwidth: float, cell: int
) -> tuple[np.ndarray, np.ndarray]:
    """sum_i w_i dX^i (n, d) at x (n, d) over the k nearest of the ``pairs`` (m, 2d), X and dX side by side, on whose X
    the ``tree`` is; w_i ~ exp(-|x - X^i|²/(2 h²)), h half the distance to the k-th where ``bandwidth`` is 0. And for
    which points that is proved (n,): the others' are not told. Raises Stopped."""
    from engine.learning.crew import together

    rows = _grouped(x, cell)
    q = x[rows]
    middle = (q.min(1) + q.max(1)) / 2
    pieces = list(_pieces(q, middle, tree, k, len(pairs)))
    v, proved = np.empty(x.shape), np.zeros(len(x), bool)

    def work(piece: int) -> None:
        heed()
        those, reach = pieces[piece]
        found, sure = _within(q[those] - middle[those, None], middle[those], tree, pairs, k, bandwidth, reach)
        v[rows[those]], proved[rows[those]] = found, sure

    together([work] * max(1, min(cores.given(), len(pieces))), len(pieces))
    return v, proved


def _grouped(x: np.ndarray, cell: int) -> np.ndarray:
    """Rows (cells, points) of x that lie together, some of them twice so that all cells have as many."""
    from scipy.spatial import cKDTree

    parts = np.array([len(x)])  # as the balanced tree halves them
    while parts.max() > cell:
        parts = np.column_stack([parts // 2, parts - parts // 2]).ravel()
    ends = np.cumsum(parts)
    order = cKDTree(x, leafsize=int(parts.max())).indices
    return order[np.minimum((ends - parts)[:, None] + np.arange(parts.max()), ends[:, None] - 1)]


def _pieces(q: np.ndarray, middle: np.ndarray, tree: Any, k: int, pairs: int) -> Iterator[tuple[np.ndarray, int]]:
    """Cells that are looked at together, and how many pairs a search for them finds: as many as lie around a cell."""
    far = np.empty(len(middle))
    for some in portions(len(middle), max(1, SEARCHED // k)):
        far[some] = tree.query(middle[some], [k], workers=cores.given())[0][:, 0]
    half = np.sqrt(((q - middle[:, None]) ** 2).sum(2).max(1))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        wanted = k * (1 + half / far) ** q.shape[2]
    wanted = np.where(wanted <= MOST * k, wanted, np.inf)
    for reach in range(k + CLASS, MOST * k + 2 * CLASS, CLASS):
        those = np.flatnonzero((wanted > reach - CLASS) & (wanted <= reach))
        at_once = max(1, AT_ONCE // (min(reach, pairs) * q.shape[1]))
        for start in range(0, len(those), at_once):
            yield those[start : start + at_once], min(reach, pairs)


def _within(
    q: np.ndarray, middle: np.ndarray, tree: Any, pairs: np.ndarray, k: int, bandwidth: float, reach: int
) -> tuple[np.ndarray, np.ndarray]:
    """The averages (c, p, d) at q (c, p, d) about the ``middle`` (c, d) of their cells, and whether they are proved."""
    away, near = tree.query(middle, reach)
    dim = q.shape[2]
    found = pairs[near]
    at, one = found[..., :dim] - middle[:, None], np.ones((len(q), 1, 1))
    off = (q**2).sum(2, keepdims=True)
    ones = np.broadcast_to(one, (*off.shape[:2], 1)), np.broadcast_to(one, (*found.shape[:2], 1))
    left = np.concatenate([-2 * q, ones[0], off], 2)
    right = np.concatenate([at, (at**2).sum(2, keepdims=True), ones[1]], 2)
    square = left @ right.transpose(0, 2, 1)
    parted = np.partition(square, k, axis=2)
    far = parted[..., :k].max(2, keepdims=True)
    inside = square <= far
    whole = reach == len(pairs)
    last = np.inf if whole else away[:, -1:, None]
    sure = np.sqrt(np.maximum(far, 0.0)) + np.sqrt(off) <= last * (1 - CLEAR)
    sure &= far > CLEAR * away[:, -1:, None] ** 2  # else it is of rounding
    sure &= parted[..., k : k + 1] > (1 + CLEAR) * far  # else which are the nearest is of rounding, or of luck
    if bandwidth:
        square -= parted[..., :k].min(2, keepdims=True)  # the nearest one has the weight 1: nothing underflows
        square *= -0.5 / bandwidth**2
    else:
        square *= -2.0 / np.where(sure, far, 1.0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # where nothing is proved
        np.exp(square, out=square)
        square *= inside
        total = square @ np.concatenate([found[..., dim:], ones[1]], 2)
        return total[..., :-1] / total[..., -1:], sure[..., 0]
