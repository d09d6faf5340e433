"""The flow of an optimal map: every point goes straight from x to grad phi(x) (displacement interpolation)."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.fields.field import Field
from engine.fields.smoothed import LAST
from engine.laws.expression import Expression
from engine.laws.mixture import Mixture
from engine.laws.potential import affine, quadratic
from engine.motion.stopping import portions
from engine.parts import Problem, Wrong

TURNS = 100  # most Newton steps
EARLY = 0.05  # before it v is grad phi(z) - z, after it (x - z)/t: neither loses digits
HALVED = 40  # most halvings of one
STEEP = 1e150  # the curvature at the tip of |x|^1.5
CLOSE = 1e-12  # of the points' scale: then z is found


class DisplacementField(Field):
    """v(x, t) = grad phi(z) - z at the one z with (1-t) z + t grad phi(z) = x.

    z is where the strongly convex (1-t)|z|²/2 + t phi(z) - x.z is least, so there is one at each x and t < 1, also
    where no mass comes by. Lines never meet: V = 0.
    """

    name, closed = "optimal map", True
    rows = 2048  # a Newton iteration for each of them

    def __init__(self, phi: Expression) -> None:
        self._phi, found = phi, affine(phi, len(phi.names) - 1)
        self._affine = None if found is None else (np.linalg.eigh(found[0]), found[1])

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        t = np.broadcast_to(np.minimum(np.asarray(t, float), LAST).reshape(-1, 1), (len(x), 1))
        return np.concatenate([self._velocity(x[some], t[some]) for some in portions(len(x), self.rows)])

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        return np.zeros(len(x))

    def map(self, x: np.ndarray) -> np.ndarray:
        """Where the points (n, d) of the source go."""
        return self._phi.gradient(x)

    def _velocity(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        z = self._origin(x, t)
        return np.where(t < EARLY, self._phi.gradient(z) - z, (x - z) / np.maximum(t, EARLY))

    def _origin(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        """z (n, d). Newton's method on F(z) = (1-t) z + t grad phi(z) - x, whose slope along a step is -|F|²: a step
        is halved until |F| falls."""
        if self._affine is not None:
            (values, turn), b = self._affine
            return ((x - t * b) @ turn / (1 - t + t * values)) @ turn.T
        z, close = x.copy(), CLOSE * (1.0 + np.abs(x).max(initial=0.0))
        todo = np.flatnonzero(t[:, 0] > 0)
        off, bend = self._off(z[todo], x[todo], t[todo])
        for _ in range(TURNS):
            if not len(todo):
                break
            at, share = z[todo], np.ones((len(todo), 1))
            step = np.linalg.solve(bend, -off[:, :, None])[:, :, 0]
            size, new, bend = np.linalg.norm(off, axis=1), off.copy(), bend.copy()
            worse = np.arange(len(todo))
            for _ in range(HALVED):
                rows = todo[worse]
                new[worse], bend[worse] = self._off(at[worse] + share[worse] * step[worse], x[rows], t[rows])
                falls = np.linalg.norm(new[worse], axis=1) <= (1 - 1e-4 * share[worse, 0]) * size[worse]
                worse = worse[~falls]
                if not len(worse):
                    break
                share[worse] /= 2
            z[todo] = at + share * step
            left = np.linalg.norm(new, axis=1)
            goes_on = (np.abs(share * step).max(1) > close) & (left > close) & (left < size)
            todo, off, bend = todo[goes_on], new[goes_on], bend[goes_on]
        return z

    def _off(self, z: np.ndarray, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """F(z) (n, d) and its Jacobian (n, d, d)."""
        slope, curve = self._phi.derivatives(z)
        eye = np.eye(x.shape[1])
        bend = (1 - t)[:, :, None] * eye + t[:, :, None] * curve
        return (1 - t) * z + t * slope - x, np.where(np.isfinite(bend), bend, STEEP * eye)


def optimal(problem: Problem) -> DisplacementField:
    """The flow of the optimal map between the ends of a problem. Raises Wrong where it is not known."""
    phi = problem.coupling.optimal(problem.dim) or _between(
        problem.source.mixture(problem.dim), problem.target.mixture(problem.dim)
    )
    if phi is None:
        raise Wrong("velocity", "the optimal map is known for the coupling gradient map, and between two Gaussians")
    return DisplacementField(phi)


def _between(p: Mixture | None, q: Mixture | None) -> Expression | None:
    """phi of the map between two Gaussians N(m, S) and N(n, R): its gradient is n + A (x - m) with
    A = S^-½ (S^½ R S^½)^½ S^-½."""
    if p is None or q is None or len(p.weights) > 1 or len(q.weights) > 1 or p.flat.any():
        return None
    values, turn = np.linalg.eigh(p.covariances[0])
    root, back = (turn * values**e @ turn.T for e in (0.5, -0.5))
    inner, axes = np.linalg.eigh(root @ q.covariances[0] @ root)
    a = back @ (axes * np.sqrt(np.maximum(inner, 0.0)) @ axes.T) @ back
    return quadratic(a, q.means[0] - a @ p.means[0])
