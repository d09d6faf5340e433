"""The law of X_t and its velocity, where both ends are Gaussian mixtures with spreads along the axes, or points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.fields.affine import Affine
from engine.laws.mixture import Mixture
from engine.parts import Problem

MOST = 20_000  # pairs of components
LEAST = 1e-200


@dataclass(frozen=True, eq=False)
class Between:
    """X_t = a X1 + b X0 of independent ends: components N(mean, std²) (k, d) with weights (k,), and the velocity of
    each, ``drift + gain (x - mean)``, (k, d) both. A component of pair (i, j) has mean b m_i + a n_j and variance
    b² s_i² + a² r_j²; E[dX | X_t = x, i, j] = b' m_i + a' n_j + (a a' r_j² + b b' s_i²)/std² (x - mean).
    """

    weights: np.ndarray
    means: np.ndarray
    stds: np.ndarray
    drift: np.ndarray
    gain: np.ndarray

    @property
    def points(self) -> bool:
        """Whether some component has no spread along an axis."""
        return bool((self.stds**2 <= LEAST).any())

    def density(self, x: np.ndarray) -> np.ndarray:
        """Of points (n, d), (n,)."""
        away = (x[:, None] - self.means) / self.stds
        log = -0.5 * (away**2).sum(-1) - np.log(self.stds * np.sqrt(2 * np.pi)).sum(-1)
        return np.exp(log) @ self.weights

    def mass(self, low: np.ndarray, high: np.ndarray) -> float:
        """P(X_t in the box)."""
        return float(self.weights @ self._shares(low, high).prod(1))

    def flux(self, low: np.ndarray, high: np.ndarray) -> float:
        """Net flow of rho v out of the box: over its faces, the integral of rho times the outward velocity."""
        shares, total = self._shares(low, high), 0.0
        for axis in range(len(low)):
            others = np.delete(shares, axis, 1).prod(1)
            for edge, sign in ((low[axis], -1.0), (high[axis], 1.0)):
                total += sign * float(self.weights @ (self._through(axis, edge) * others * self._speed(axis, edge)))
        return total

    def on_face(self, axis: int, edge: float, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """How much of the density each component has on this face of the box, (k,)."""
        return self.weights * self._through(axis, edge) * np.delete(self._shares(low, high), axis, 1).prod(1)

    def _shares(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Of each component along each axis, within the box (k, d)."""
        from scipy.special import ndtr

        return ndtr((high - self.means) / self.stds) - ndtr((low - self.means) / self.stds)

    def _through(self, axis: int, edge: float) -> np.ndarray:
        std = self.stds[:, axis]
        return np.exp(-0.5 * ((edge - self.means[:, axis]) / std) ** 2) / (std * np.sqrt(2 * np.pi))

    def _speed(self, axis: int, edge: float) -> np.ndarray:
        return self.drift[:, axis] + self.gain[:, axis] * (edge - self.means[:, axis])


def between(problem: Problem, t: float) -> Between | None:
    """None where the law of X_t is not known like this."""
    p, q = problem.source.mixture(problem.dim), end(problem)
    known = problem.coupling.independent and problem.round == 1 and isinstance(problem.path, Affine)
    if p is None or q is None or p.tied or q.tied or not known or len(p.weights) * len(q.weights) > MOST:
        return None
    a, b, da, db = (float(c) for c in problem.path.coefficients(t))
    i, j = (index.ravel() for index in np.meshgrid(range(len(p.weights)), range(len(q.weights)), indexing="ij"))
    m, n, s2, r2 = p.means[i], q.means[j], p.stds[i] ** 2, q.stds[j] ** 2
    weights = p.weights[i] * q.weights[j]
    square = np.maximum(b**2 * s2 + a**2 * r2, LEAST)
    gain = (a * da * r2 + b * db * s2) / square
    return Between(weights / weights.sum(), b * m + a * n, np.sqrt(square), db * m + da * n, gain)


def end(problem: Problem) -> Mixture | None:
    """The target as a mixture; finitely many points are one of spread 0."""
    q, points = problem.target.mixture(problem.dim), problem.target.points(problem.dim)
    if q is not None or points is None:
        return q
    return Mixture(np.full(len(points), 1 / len(points)), points, np.zeros_like(points))
