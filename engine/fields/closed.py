"""Closed-form velocities v*(x, t) = E[dX | X_t = x], in float64: of the straight path, and from it of every affine one.

Every field here is called as ``v(x, t)`` with x (n, d) and t a number or (n, 1), and tells
``spread(x, t)`` (n,): tr Var(dX | X_t = x), whose mean is the crossing V.
``singular`` says that v blows up at t = 1: solvers then end with one Euler step, which is exact there.
Source: the tutorial, "Analytic velocity" and "Singular velocity on finite data points".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.fields.affine import Affine, Transformed
from engine.fields.displacement import DisplacementField
from engine.fields.field import Field
from engine.fields.smoothed import CHUNK, LAST
from engine.laws.mixture import FLAT, Mixture
from engine.motion.stopping import portions
from engine.parts import Problem, Wrong

FINITE_MOST = 16_384  # points of a finite target: a softmax over all of them at each evaluation
MIXTURE_MOST = 16_384  # pairs of modes: each is looked at in each evaluation
REFERENCE_MOST = 256  # the same, where the closed form only stands beside what was asked for
TRUTH = "closed form v*"  # what a field is called in pictures
_TIMES = np.linspace(0.0, 1.0, 257)


class MixtureField(Field):
    """Gaussian mixture to Gaussian mixture, independent.

    With mu_ij = (1-t) m_i + t n_j and C_ij = (1-t)^2 S_i + t^2 R_j, the posterior weight of (i, j) is
    p_i q_j N(x; mu_ij, C_ij) and its velocity n_j - m_i + (t R_j - (1-t) S_i) C_ij^-1 (x - mu_ij).

    Where an axis is tied to another, each pair of components is looked at along the axes that make both of its
    covariances diagonal (``Axes``), which are the same at all t: C_ij is never inverted.
    """

    name, closed = TRUTH, True

    def __init__(self, p: Mixture, q: Mixture) -> None:
        i, j = (a.ravel() for a in np.meshgrid(range(len(p.weights)), range(len(q.weights)), indexing="ij"))
        with np.errstate(divide="ignore"):
            self._log_w = np.log(p.weights[i]) + np.log(q.weights[j])
        self._m, self._n = p.means[i], q.means[j]
        self._axes = Axes(p.covariances[i], q.covariances[j]) if p.tied or q.tied else None
        if self._axes is None:
            self._s2, self._r2 = p.stds[i] ** 2, q.stds[j] ** 2
        else:
            self._s2, self._r2 = self._axes.s2, self._axes.r2
            self._log_w = self._log_w - self._axes.log_volume
        self.singular = bool(((self._r2 == 0) & (self._s2 > 0)).any())

    @property
    def size(self) -> int:
        return len(self._m)

    @property
    def rows(self) -> int:
        return max(1, CHUNK // self._m.size)

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self._chunked(lambda x, t: self._moments(x, t)[0], x, t)

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self._chunked(lambda x, t: self._moments(x, t)[1], x, t)

    def score(self, x: np.ndarray, t: Any) -> np.ndarray:
        """grad log rho_t = -sum_k w_k C_k^-1 (x - mu_k)."""
        return self._chunked(self._score, x, t)

    def _chunked(self, of: Any, x: np.ndarray, t: Any) -> np.ndarray:
        t = np.broadcast_to(
            np.minimum(np.asarray(t, float), LAST if self.singular else 1.0).reshape(-1, 1), (len(x), 1)
        )
        return np.concatenate([of(x[some], t[some]) for some in portions(len(x), self.rows)])

    def _variances(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """t and C_ij along the axes, shaped to be broadcast over (n, k, d)."""
        t = t[:1, :, None] if (t == t[:1]).all() else t[:, :, None]  # one t for all is the common case, and cheaper
        # 0 where neither end has any spread
        return t, np.maximum((1 - t) ** 2 * self._s2 + t**2 * self._r2, 1e-300)

    def _posterior(self, x: np.ndarray, t: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights (n, k) of the components, and x - mu along their axes (n, k, d)."""
        away = x[:, None, :] - (1 - t) * self._m - t * self._n
        if self._axes is not None:
            away = self._axes.along(away)
        log_w = self._log_w - 0.5 * (away**2 / c + np.log(c)).sum(-1)
        w = np.exp(log_w - log_w.max(1, keepdims=True))
        w /= w.sum(1, keepdims=True)
        return w, away

    def _score(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        t, c = self._variances(t)
        w, away = self._posterior(x, t, c)
        each = away / c
        return -np.einsum("nk,nkd->nd", w, each if self._axes is None else self._axes.upon(each))

    def _moments(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        t, c = self._variances(t)
        w, away = self._posterior(x, t, c)
        moved = (t * self._r2 - (1 - t) * self._s2) / c * away
        unseen = self._s2 * self._r2 / c
        if self._axes is not None:
            moved, unseen = self._axes.back(moved), unseen * self._axes.lengths
        each = (self._n - self._m) + moved
        v = np.einsum("nk,nkd->nd", w, each)
        within = (w * unseen.sum(-1)).sum(1)
        between = np.einsum("nk,nkd->n", w, (each - v[:, None, :]) ** 2)
        return v, within + between


class Axes:
    """Axes B of k pairs of covariances with S = B diag(s2) B', R = B diag(r2) B' and s2 + r2 = 1; S + R not flat.

    So (1-t)^2 S + t^2 R is diagonal along them at every t. B (k, d, d) has the axes as columns; they are
    perpendicular only where S and R commute.
    """

    def __init__(self, s: np.ndarray, r: np.ndarray) -> None:
        lower = np.linalg.cholesky(s + r)
        inverse = np.linalg.inv(lower)
        s, r = (inverse @ c @ inverse.swapaxes(1, 2) for c in (s, r))
        _, turn = np.linalg.eigh(s)
        # each from its own matrix, not from the other as 1 - s2: the flat directions of an end come out flat
        self.s2, self.r2 = (np.maximum(np.einsum("kia,kij,kja->ka", turn, c, turn), 0.0) for c in (s, r))
        self.s2[self.s2 < FLAT], self.r2[self.r2 < FLAT] = 0.0, 0.0
        self._back = lower @ turn
        self._along = turn.swapaxes(1, 2) @ inverse
        self.log_volume = np.linalg.slogdet(self._back)[1]
        self.lengths = (self._back**2).sum(1)  # squared, of each axis: (k, d)

    def along(self, x: np.ndarray) -> np.ndarray:
        """Coordinates along the axes, B^-1 x; x (n, k, d)."""
        return np.einsum("kij,nkj->nki", self._along, x)

    def back(self, y: np.ndarray) -> np.ndarray:
        """B y, for y (n, k, d)."""
        return np.einsum("kij,nkj->nki", self._back, y)

    def upon(self, y: np.ndarray) -> np.ndarray:
        """B'^-1 y, which takes a gradient by the coordinates along the axes to one by x; y (n, k, d)."""
        return np.einsum("kji,nkj->nki", self._along, y)


class FiniteField(Field):
    """Gaussian mixture to the uniform law on ``points`` (m, d): v = (E[X1 | X_t = x] - x) / (1 - t), a softmax."""

    closed = singular = True

    def __init__(self, p: Mixture, points: np.ndarray, name: str = TRUTH) -> None:
        if len(points) > FINITE_MOST:
            raise Wrong(
                "velocity", f"the closed form for {len(points):,} points is too slow; give {FINITE_MOST:,} at most"
            )
        self._p, self._points, self.name = p, points, name
        self._white = np.linalg.inv(p.roots) if p.tied else None  # (k, d, d): a tied source is white along these

    @property
    def size(self) -> int:
        return len(self._points)

    @property
    def rows(self) -> int:
        return max(1, CHUNK // (len(self._points) * len(self._p.weights)))

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self._moments(x, t)[0]

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        return self._moments(x, t)[1]

    def _moments(self, x: np.ndarray, t: Any) -> tuple[np.ndarray, np.ndarray]:
        t = np.broadcast_to(np.minimum(np.asarray(t, float), LAST).reshape(-1, 1), (len(x), 1))
        parts = [self._posterior(x[some], t[some]) for some in portions(len(x), self.rows)]
        mean, spread = (np.concatenate(part) for part in zip(*parts, strict=True))
        return (mean - x) / (1 - t), spread / (1 - t[:, 0]) ** 2

    def _posterior(self, x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean (n, d) and total variance (n,) of X1 given X_t = x."""
        one = t[:1] if (t == t[:1]).all() else t  # one t for all is the common case, and cheaper
        log_w = None
        for i, (weight, m, s) in enumerate(
            zip(self._p.weights, self._p.means, np.maximum(self._p.stds, 1e-150), strict=True)
        ):
            if weight == 0:
                continue
            at, points = x - (1 - t) * m, self._points
            if self._white is not None:
                at, points, s = at @ self._white[i].T, points @ self._white[i].T, np.ones(len(m))
                weight = weight * np.exp(np.linalg.slogdet(self._white[i])[1])
            # differences, not the expanded square: near t = 1 the squares cancel
            part = np.zeros((len(x), len(points)))
            for k in range(len(m)):
                away = at[:, k, None] / s[k] - one * (points[:, k] / s[k])
                part += np.square(away, out=away)
            part *= -0.5 / (1 - one) ** 2
            part += np.log(weight) - np.log(s).sum()
            log_w = part if log_w is None else np.logaddexp(log_w, part, out=part)
        log_w -= log_w.max(1, keepdims=True)
        w = np.exp(log_w, out=log_w)
        w /= w.sum(1, keepdims=True)
        mean = w @ self._points
        second = w @ (self._points**2).sum(1)
        return mean, np.maximum(second - (mean**2).sum(1), 0.0)


class AffineField(Field):
    """The deterministic coupling X1 = n + A (X0 - m) that Gaussian ends have after one round, whatever S and R.

    The straight flow from N(m, S) to N(n, R) solves dA/dt = (t R - (1-t) S) C_t^-1 A. With S = B s2 B', R = B r2 B'
    (``Axes``) its matrices commute with each other, and A = B sqrt(r2/s2) B^-1 = (R S^-1)^1/2. The eigenvalues are
    positive, so (1-t) 1 + t A can be inverted: the lines never meet, V = 0, and later rounds change nothing. A is
    symmetric, and then optimal, only where S and R commute.
    """

    name, closed = TRUTH, True

    def __init__(self, p: Mixture, q: Mixture) -> None:
        self._m, self._n = p.means[0], q.means[0]
        self._axes = Axes(p.covariances, q.covariances) if p.tied or q.tied else None
        if self._axes is None:
            s, r = p.stds[0], q.stds[0]
        else:
            s, r = np.sqrt(self._axes.s2[0]), np.sqrt(self._axes.r2[0])
        self._ratio = np.divide(r, s, out=np.ones_like(r), where=s > 0)
        self.singular = bool((self._ratio == 0).any())

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        t = np.minimum(np.asarray(t, float), LAST if self.singular else 1.0)
        away = x - (1 - t) * self._m - t * self._n
        rate = (self._ratio - 1) / (1 - t + t * self._ratio)
        if self._axes is None:
            return self._n - self._m + rate * away
        return self._n - self._m + self._axes.back((rate * self._axes.along(away[:, None, :])[:, 0])[:, None, :])[:, 0]

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        return np.zeros(len(x))


def closed_form(problem: Problem) -> Field:
    """The closed form that fits the problem. Raises Wrong where there is none, saying why."""
    if problem.coupling.by_map and problem.reflowed and isinstance(problem.path, Affine):  # reflow changes nothing then
        check_path(problem)
        return on_path(problem.path, DisplacementField(problem.coupling.optimal(problem.dim)))
    if not (problem.coupling.independent and isinstance(problem.path, Affine)):
        raise Wrong("velocity", "the closed form holds for the independent coupling and an affine path")
    check_path(problem)
    return on_path(problem.path, _straight_form(problem))


def check_path(problem: Problem) -> None:
    """Raise Wrong if this affine path has no closed form, although the straight one may have one."""
    if problem.path.straight:
        return
    a, b, _, _ = problem.path.coefficients(_TIMES)
    if min(a.min(), b.min()) < -1e-9:  # tau would leave [0, 1]
        raise Wrong("velocity", "the closed form needs a path whose a and b are nowhere below 0")
    if problem.round > 1 and abs(a[0]) > 1e-9:  # the pairs of the last round are not those of the straight flow
        raise Wrong("velocity", "a path that starts off its source has a closed form in round 1 alone")


def on_path(path: Affine, straight: Field) -> Field:
    """The closed form of an affine path from that of the straight one."""
    return straight if path.straight else Transformed(path, straight)


def _straight_form(problem: Problem) -> Field:
    p, q = problem.source.mixture(problem.dim), problem.target.mixture(problem.dim)
    points = problem.target.points(problem.dim)
    if p is None:
        raise Wrong(
            "velocity", f"no closed form starts from {problem.source.kind!r}; choose a gaussian or a mixture as source"
        )
    if q is None and points is None:
        raise Wrong(
            "velocity", f"no closed form leads to {problem.target.kind!r}; choose a mixture or finite points as target"
        )
    to_a_point = q is not None and len(q.weights) == 1 and (q.stds == 0).all()
    if p.flat.any() and not ((p.stds == 0).all() and to_a_point):
        raise Wrong("source", "a spread of 0 leaves single points, and no flow spreads a point; give a value above 0")
    if not problem.reflowed:
        raise Wrong("velocity", "a closed form follows reflow alone, not the other operations that continue a round")
    if problem.round > 1:
        one = points is not None and len(np.unique(points, axis=0)) == 1
        if not one and not (q is not None and len(p.weights) == 1 and len(q.weights) == 1):
            raise Wrong(
                "velocity", "only Gaussian to Gaussian and a single target point have a closed form after round 1"
            )
        return FiniteField(p, points[:1]) if one else AffineField(p, q)
    if q is not None and (points is None or len(q.weights) <= 256):
        if len(p.weights) * len(q.weights) > MIXTURE_MOST:
            raise Wrong("velocity", f"the closed form has too many pairs of modes; {MIXTURE_MOST:,} are the most")
        return MixtureField(p, q)
    return FiniteField(p, points)


def reference(problem: Problem) -> Field | None:
    """The truth beside a learned velocity, where it is known: the first round only, whose pairs are not learned."""
    if problem.round > 1:
        return None
    try:
        found = closed_form(problem)
    except Wrong:
        return None
    straight = found.straight if isinstance(found, Transformed) else found
    return None if straight.size > REFERENCE_MOST else found
