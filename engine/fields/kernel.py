"""Regression of dX on X_t over the nearest pairs: v and V where no closed form exists.

Local linear (``KernelField``): dX ~ a + B (X_t - x) by least squares over the k nearest pairs at the same t; a is
v(x, t), and the residual variance, with its degrees of freedom k - d - 1, is tr Var(dX | X_t = x). The linear term
removes the first order of the bias that a plain average over neighbours has.

Local average (``AverageField``): the Nadaraya-Watson estimate of arXiv 2209.03003, which takes the 100 nearest pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import cores
from engine.fields import cells
from engine.fields.field import Field
from engine.motion.stopping import heed, portions
from engine.parts import Path

NEAREST = 48
CHUNK = 2**17  # neighbours looked at together: some hundredths of a second


class KernelField(Field):
    """v(x, t) by local linear regression on pairs (n, d); x (m, d), t a number or (m, 1): a search tree for each t."""

    rough = True  # neighbours change from place to place: finer steps gain nothing
    name = "local regression on the pairs"
    rows = 8192  # more of them at once mean fewer trees

    def __init__(self, path: Path, x0: np.ndarray, x1: np.ndarray, nearest: int = NEAREST) -> None:
        self._path, self._x0, self._x1 = path, np.asarray(x0, float), np.asarray(x1, float)
        # One draw for each pair; a regression looks at one t at a time. The seed is not one that draws pairs: [0, 0] is
        # 0 to numpy, and noise equal to the source would be no noise.
        self._noise = np.random.default_rng(0x7E57ED).standard_normal(self._x0.shape) if path.noisy else None
        self._k = min(nearest, len(x0))
        self._at: tuple[float, Any, np.ndarray, np.ndarray] | None = None

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self.both(x, t)[0]

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self.both(x, t)[1]

    def both(self, x: np.ndarray, t: Any) -> tuple[np.ndarray, np.ndarray]:
        """v (m, d) and the spread (m,) at once."""
        each = np.asarray(t, float).reshape(-1)
        v, spread = np.empty(x.shape), np.empty(len(x))
        rows = max(1, CHUNK // self._k)
        for time in np.unique(each):
            those = np.flatnonzero(each == time) if len(each) > 1 else np.arange(len(x))
            for part in portions(len(those), rows):
                some = those[part]
                v[some], squares = self._fit(x[some], *self._near(x[some], float(time)))
                spread[some] = squares.sum(1)
        return v, spread

    def squares(self, x: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Rows (m, k) of the pairs nearest to x (m, d), and what each adds to the spread there."""
        tree, xt, dxt = self._tree(t)
        near = tree.query(x, self._k, workers=cores.given())[1].reshape(len(x), self._k)
        found = np.empty(near.shape)
        rows = max(1, CHUNK // self._k)
        for some in portions(len(x), rows):
            found[some] = self._fit(x[some], xt[near[some]], dxt[near[some]])[1]
        return near, found

    def left_out(self, x: np.ndarray, t: float) -> np.ndarray:
        """v (m, d) at x (m, d), in row i without the i-th pair, which would else tell what it is asked."""
        tree, xt, dxt = self._tree(t)
        k, v = min(self._k, len(xt) - 1), np.empty(x.shape)
        if k < 1:
            return self(x, t)
        rows = max(1, CHUNK // (k + 1))
        for some in portions(len(x), rows):
            near = others(tree, x[some], np.arange(len(x))[some], k)
            v[some] = self._fit(x[some], xt[near], dxt[near])[0]
        return v

    def spread_left_out(self, x: np.ndarray, dx: np.ndarray, t: float) -> np.ndarray:
        """The spread (m,) as dX (m, d) of the first m pairs themselves tell it: |dX_i - v(x_i)|² without pair i, less
        what the noise of the others adds to it."""
        tree, xt, dxt = self._tree(t)
        k = min(self._k, len(xt) - 1)
        found = np.empty(len(x))
        rows = max(1, CHUNK // (k + 1))
        for some in portions(len(x), rows):
            near = others(tree, x[some], np.arange(len(x))[some], k)
            part = weights(x[some], xt[near])[..., None]
            rest = dx[some] - (part * dxt[near]).sum(1)
            found[some] = (rest**2).sum(1) / (1 + (part**2).sum((1, 2)))
        return found

    def _tree(self, t: float) -> tuple[Any, np.ndarray, np.ndarray]:
        from scipy.spatial import cKDTree

        if self._at is None or self._at[0] != t:  # a solver asks several times at one t
            heed()
            xt, dxt = self._path.at(self._x0, self._x1, t)
            if self._noise is not None:
                xt, dxt = self._path.disturb(xt, dxt, t, self._noise)
            # the quickest tree to make: a million pairs take a fifth of a second, and the questions hardly longer
            self._at = (t, cKDTree(xt, balanced_tree=False, compact_nodes=False), xt, dxt)
        return self._at[1:]

    def _near(self, x: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
        """X_t and dX_t of the k nearest pairs, the nearest first, each (m, k, d)."""
        tree, xt, dxt = self._tree(t)
        near = tree.query(x, self._k, workers=cores.given())[1].reshape(len(x), self._k)
        return xt[near], dxt[near]

    def _fit(self, x: np.ndarray, xt: np.ndarray, dx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """v (m, d), and what each neighbour (m, k) adds to the spread."""
        away = xt - x[:, None, :]
        scale = np.abs(away).max((1, 2), keepdims=True) + 1e-300  # the systems are then of order one
        a = np.concatenate([np.ones((*away.shape[:2], 1)), away / scale], -1)
        middle = dx.mean(1, keepdims=True)  # residuals are small beside dx itself: no cancellation
        at = a.transpose(0, 2, 1)
        gram = at @ a + 1e-9 * self._k * np.eye(a.shape[-1])
        fit = np.linalg.solve(gram, at @ (dx - middle))
        rest = ((dx - middle - a @ fit) ** 2).sum(2)
        free = max(1, self._k - a.shape[-1])
        return middle[:, 0] + fit[:, 0], rest / free


def others(tree: Any, x: np.ndarray, own: np.ndarray, k: int) -> np.ndarray:
    """Which k points of a tree, the i-th ``own`` left out, are nearest to the i-th of x (m, d): (m, k)."""
    near = tree.query(x, k + 1, workers=cores.given())[1]
    kept = near != own[:, None]
    kept[kept.all(1), -1] = False  # it is not among the nearest
    return near[kept].reshape(-1, k)


def weights(x: np.ndarray, xt: np.ndarray) -> np.ndarray:
    """How much each neighbour xt (m, k, d) counts in the local linear regression at x (m, d): (m, k), of sum 1."""
    away = xt - x[:, None, :]
    scale = np.abs(away).max((1, 2), keepdims=True) + 1e-300
    a = np.concatenate([np.ones((*away.shape[:2], 1)), away / scale], -1)
    gram = a.transpose(0, 2, 1) @ a + 1e-9 * a.shape[1] * np.eye(a.shape[-1])
    first = np.eye(a.shape[-1])[:, :1]
    return (a @ np.linalg.solve(gram, np.broadcast_to(first, (len(x), *first.shape))))[..., 0]


class AverageField(KernelField):
    """Nadaraya-Watson: v = sum_i w_i dX^i over the k nearest pairs, w_i proportional to exp(-|x - X_t^i|^2/(2 h^2)).

    ``bandwidth`` 0: h is half the distance to the farthest of the k at this x and t. ``spread`` is the weighted
    variance, divided by 1 - sum_i w_i^2: unbiased where all k have the same mean.
    """

    name = "local average of the pairs"
    rows = 65_536  # points that lie together are looked at together

    def __init__(self, path: Path, x0: np.ndarray, x1: np.ndarray, nearest: int = 100, bandwidth: float = 0.0) -> None:
        super().__init__(path, x0, x1, nearest)
        self._bandwidth = bandwidth

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        cell = cells.size(len(x), len(self._x0), self._k, x.shape[1]) if np.ndim(t) == 0 else 0
        if not cell:
            return super().__call__(x, t)
        tree, xt, dxt = self._tree(float(t))
        v, proved = cells.averages(x, tree, np.hstack([xt, dxt]), self._k, self._bandwidth, cell)
        rest = np.flatnonzero(~proved)
        if len(rest):
            v[rest] = super().__call__(x[rest], t)
        return v

    def _fit(self, x: np.ndarray, xt: np.ndarray, dx: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        square = ((xt - x[:, None, :]) ** 2).sum(-1)
        h2 = self._bandwidth**2 or np.maximum(square[:, -1:] / 4, 1e-300)
        w = np.exp((square[:, :1] - square) / (2 * h2))  # the nearest one has the weight 1: nothing underflows
        w /= w.sum(1, keepdims=True)
        middle = dx.mean(1, keepdims=True)
        v = middle + w[:, None, :] @ (dx - middle)
        rest = w * ((dx - v) ** 2).sum(-1)
        return v[:, 0], rest / np.maximum(1 - (w**2).sum(1, keepdims=True), 1e-9)
