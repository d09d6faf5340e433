"""Least squares on random features: v fitted in one go, without steps.

v(x, t) = c_t + W f(x, t) with c_t the mean of dX_t and f(x, t) = [P_j(t), z_k P_j(t), sqrt(2) cos(w.z + u s + b)],
z = (x - mean of X_t)/spread, s = 2t - 1, P_j Legendre polynomials. The terms without cosines hold every Gaussian's
field to a few digits; the cosines are those of Rahimi and Recht, "Random features for large-scale kernel machines".
W is the minimiser of the mean of |dX - v|^2 over the rows, plus ridge |W|^2, by its normal equations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.fields.field import Field
from engine.motion.stopping import portions
from engine.parts import Path

DEGREE = 8  # of the polynomials in t
TAIL = 2.0  # degrees of freedom of the frequencies' Student law: few of them are far above 1/scale, at all sizes
PACE = 6.0  # of the frequencies u in t, before the same tails: what is fine in x is short in t
BLOCK = 4096  # rows of the normal equations made at once
EACH = 128  # rows for each feature: noise in the rows then costs 1/128 of V
ROWS = (16_384, 65_536)  # fewest and most: bounds the time of a fit
CHUNK = 2**21  # features made at once when the field is asked
WORK = 2**29  # features squared times rows that go into the normal equations at once: some hundredths of a second


class FeatureField(Field):
    """v(x, t) for x (n, d), t a number or (n, 1); weights (features, d). The features are float32, all else float64."""

    def __init__(self, path: Path, ends: tuple[np.ndarray, np.ndarray], spread: float, waves: Any) -> None:
        self._path, self._ends, self._spread = path, ends, spread
        self._waves = waves  # w (d, m), u (m,), b (m,) float32
        self.weights = np.zeros((self.count, len(ends[0])), np.float32)
        self.name = f"least squares on {len(waves[1]):,} random features"

    @property
    def count(self) -> int:
        """How many features there are."""
        return (DEGREE + 1) * (1 + len(self._ends[0])) + len(self._waves[1])

    def __call__(self, x: np.ndarray, t: Any) -> np.ndarray:
        x, t = np.asarray(x, float), np.asarray(t, float).reshape(-1, 1)
        parts = portions(len(x), self.rows)
        return np.concatenate([self._some(x[some], t if len(t) == 1 else t[some]) for some in parts])

    def _some(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        middle, drift = self._path.at(*self._ends, t)
        v = self.features((x - middle) / self._spread, t) @ self.weights
        return drift + self._spread * v.astype(float)

    @property
    def rows(self) -> int:
        return max(1, CHUNK // self.count)

    def features(self, z: np.ndarray, t: Any) -> np.ndarray:
        """f (n, features), float32, for the scaled points z (n, d)."""
        w, u, b = self._waves
        n, dim = z.shape
        out = np.empty((n, self.count), np.float32)
        s = 2 * np.asarray(t, float).reshape(-1, 1) - 1
        in_time = np.polynomial.legendre.legvander(s[:, 0], DEGREE) * np.sqrt(2 * np.arange(DEGREE + 1) + 1)
        smooth = (DEGREE + 1) * (1 + dim)
        out[:, : DEGREE + 1] = in_time
        out[:, DEGREE + 1 : smooth] = (z[:, :, None] * in_time[:, None, :]).reshape(n, -1)
        cosines = out[:, smooth:]
        np.matmul(z.astype(np.float32), w, out=cosines)
        cosines += s.astype(np.float32) * u + b
        np.cos(cosines, out=cosines)
        cosines *= np.float32(np.sqrt(2))
        return out


def fitting(
    path: Path,
    x0: np.ndarray,
    x1: np.ndarray,
    features: int,
    scale: float,
    ridge: float,
    rng: np.random.Generator,
    apart: bool = False,
    at_start: bool = False,
) -> Iterator[float | FeatureField]:
    """The least-squares field on pairs (n, d), in slices: the share done after each one, the field at the end.

    ``apart``: the ends are independent, each row is a new pair of them; ``at_start``: at t = 0 alone, for a one-step
    map.
    """
    n, dim = x0.shape
    ends = x0.mean(0), x1.mean(0)
    spread = float(np.sqrt((x0.var(0).mean() + x1.var(0).mean()) / 2)) or 1.0
    tails = np.sqrt(rng.chisquare(TAIL, features) / TAIL)
    w = rng.standard_normal((dim, features)) / (scale * tails)
    u = PACE * rng.standard_normal(features) / tails
    b = rng.uniform(0, 2 * np.pi, features)
    field = FeatureField(path, ends, spread, tuple(a.astype(np.float32) for a in (w, u, b)))
    gram, right = np.zeros((field.count,) * 2), np.zeros((field.count, dim))
    blocks = -(-min(max(ROWS[0], EACH * field.count), ROWS[1]) // BLOCK)
    for k in range(blocks):
        i = rng.integers(n, size=BLOCK)
        j = rng.integers(n, size=BLOCK) if apart else i
        t = (rng.permutation(BLOCK)[:, None] + rng.random((BLOCK, 1))) / BLOCK  # even in t, in every block
        if at_start:
            t = np.zeros_like(t)
        xt, dxt = path.at(x0[i], x1[j], t)
        if path.noisy:
            xt, dxt = path.disturb(xt, dxt, t, rng.standard_normal((BLOCK, dim)))
        middle, drift = path.at(*ends, t)
        z, wanted = (xt - middle) / spread, (dxt - drift) / spread
        rows = max(64, WORK // field.count**2)
        for start in range(0, BLOCK, rows):
            some = slice(start, start + rows)
            f = field.features(z[some], t[some]).astype(float)
            gram += f.T @ f
            right += f.T @ wanted[some]
            yield (k + min(1.0, (start + rows) / BLOCK)) / blocks
    gram /= blocks * BLOCK
    right /= blocks * BLOCK
    gram[np.diag_indices_from(gram)] += ridge
    from scipy.linalg import cho_factor, cho_solve

    field.weights = cho_solve(cho_factor(gram, lower=True, overwrite_a=True), right).astype(np.float32)
    yield field
