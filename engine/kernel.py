"""Local linear regression of dX on X_t over the nearest pairs: v and V where no closed form exists.

Each estimate fits dX ~ a + B (X_t - x) to the k nearest pairs at the same t by least squares; a is v(x, t), and the
residual variance, with its degrees of freedom k - d - 1, is tr Var(dX | X_t = x). The linear term removes the first
order of the bias that a plain average over neighbours has. Arxiv 2209.03003 averages over the 100 nearest pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.parts import Path

NEAREST = 48


class KernelField:
    """v(x, t) by local linear regression on pairs (n, d); x (m, d), t a number (or (m, 1), all equal)."""

    singular = False
    rough = True  # neighbours change from place to place: finer steps gain nothing
    name = "local regression on the pairs"

    def __init__(self, path: Path, x0: np.ndarray, x1: np.ndarray, nearest: int = NEAREST) -> None:
        self._path, self._x0, self._x1 = path, np.asarray(x0, float), np.asarray(x1, float)
        # One draw for each pair; a regression looks at one t at a time. The seed is not one that draws pairs: [0, 0] is
        # 0 to numpy, and noise equal to the source would be no noise.
        self._noise = np.random.default_rng(0x7E57ED).standard_normal(self._x0.shape) if path.noisy else None
        self._k = min(nearest, len(x0))
        self._at: tuple[float, Any, np.ndarray, np.ndarray] | None = None

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self._fit(x, t)[0]

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self._fit(x, t)[1]

    def both(self, x: np.ndarray, t: Any) -> tuple[np.ndarray, np.ndarray]:
        """v (m, d) and the spread (m,) at once."""
        return self._fit(x, t)

    def _tree(self, t: float) -> tuple[Any, np.ndarray, np.ndarray]:
        from scipy.spatial import cKDTree

        if self._at is None or self._at[0] != t:  # a solver asks several times at one t
            xt, dxt = self._path.at(self._x0, self._x1, t)
            if self._noise is not None:
                xt, dxt = self._path.disturb(xt, dxt, t, self._noise)
            self._at = (t, cKDTree(xt), xt, dxt)
        return self._at[1:]

    def _fit(self, x: np.ndarray, t: Any) -> tuple[np.ndarray, np.ndarray]:
        times = np.unique(np.asarray(t, float))
        if len(times) != 1:
            raise ValueError("a kernel field takes one t for all points")
        tree, xt, dxt = self._tree(float(times[0]))
        _, near = tree.query(x, self._k)
        near = near.reshape(len(x), self._k)
        away, dx = xt[near] - x[:, None, :], dxt[near]
        scale = np.abs(away).max((1, 2), keepdims=True) + 1e-300  # the systems are then of order one
        a = np.concatenate([np.ones((*near.shape, 1)), away / scale], -1)
        middle = dx.mean(1, keepdims=True)  # residuals are small beside dx itself: no cancellation
        at = a.transpose(0, 2, 1)
        gram = at @ a + 1e-9 * self._k * np.eye(a.shape[-1])
        fit = np.linalg.solve(gram, at @ (dx - middle))
        rest = ((dx - middle - a @ fit) ** 2).sum((1, 2))
        free = max(1, self._k - a.shape[-1])
        return middle[:, 0] + fit[:, 0], rest / free
