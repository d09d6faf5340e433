"""The closed form to finite points that are each smoothed: the law (1/n) sum_j N(x_j, h^2 I)."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.fields.field import Field
from engine.laws.mixture import Mixture
from engine.motion.stopping import portions

LAST = 1.0 - 1e-6  # singular fields are evaluated no later than this
CHUNK = 2**16  # numbers per temporary array: half a megabyte, which stays in the cache
NARROW = (
    1 / 64
)  # of the source's spread: a smaller h is felt within the last step, which must be cut like a singular one


class SmoothedField(Field):
    """Gaussian mixture to points (m, d) of bandwidth h > 0, independent: ``MixtureField``, several times faster.

    Along the axes of a component i of the source, with C_i = (1-t)^2 s_i^2 + t^2 h^2, y = x - (1-t) m_i and
    g_i = (t h^2 - (1-t) s_i^2)/C_i, the velocity of point j is (g_i y - m_i) + (1 - t g_i) x_j. It is linear in x_j, so
    mean and variance over the points are products of the weights with x_j and x_j^2.
    """

    closed = True

    def __init__(self, p: Mixture, points: np.ndarray, bandwidth: float, name: str = "") -> None:
        self._points, self._h2, self.name = points, bandwidth**2, name
        along = np.broadcast_to(np.eye(points.shape[1]), p.covariances.shape)
        self._turns = np.linalg.eigh(p.covs)[1] if p.tied else along
        self._s2 = np.einsum("kia,kij,kja->ka", self._turns, p.covariances, self._turns)
        self._p = p
        self.singular = bool(bandwidth < NARROW * np.sqrt(self._s2.min()))

    @property
    def size(self) -> int:
        return len(self._points) * len(self._s2)

    @property
    def rows(self) -> int:
        return max(1, CHUNK // self.size)

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self._moments(x, t)[0]

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self._moments(x, t)[1]

    def _moments(self, x: np.ndarray, t: Any) -> tuple[np.ndarray, np.ndarray]:
        latest = LAST if self.singular else 1.0
        t = np.broadcast_to(np.minimum(np.asarray(t, float), latest).reshape(-1, 1), (len(x), 1))
        parts = [self._some(x[some], t[some]) for some in portions(len(x), self.rows)]
        v, spread = (np.concatenate(part) for part in zip(*parts, strict=True))
        return v, spread

    def _some(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen = []
        for weight, m, s2, turn in zip(self._p.weights, self._p.means, self._s2, self._turns, strict=True):
            if weight == 0:
                continue
            points, m, c = self._points @ turn, m @ turn, (1 - t) ** 2 * s2 + t**2 * self._h2
            y = x @ turn - (1 - t) * m
            z = sum((y[:, k, None] - t * points[:, k]) ** 2 / c[:, k, None] for k in range(len(m)))
            log_w = np.log(weight) - 0.5 * z - 0.5 * np.log(c).sum(1, keepdims=True)
            seen.append((log_w, points, m, c, y, s2, turn))
        most = np.max([log_w.max(1) for log_w, *_ in seen], axis=0)[:, None]
        v, square, within, total = np.zeros_like(x), 0.0, 0.0, 0.0
        for log_w, points, m, c, y, s2, turn in seen:
            w = np.exp(log_w - most)
            share, first, second = w.sum(1, keepdims=True), w @ points, w @ points**2
            g = (t * self._h2 - (1 - t) * s2) / c
            a, b = g * y - m, 1 - t * g
            v += (share * a + b * first) @ turn.T
            square = square + (share * a**2 + 2 * a * b * first + b**2 * second).sum(1)
            within = within + share[:, 0] * (s2 * self._h2 / c).sum(1)
            total = total + share
        v /= total
        between = np.maximum(square / total[:, 0] - (v**2).sum(1), 0.0)
        return v, between + within / total[:, 0]
