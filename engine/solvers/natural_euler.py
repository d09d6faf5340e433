"""Euler along the path's own lines."""

from __future__ import annotations

from engine.fields.affine import Affine
from engine.fields.field import Array, Field
from engine.motion.stepping import Stepping
from engine.parts import Path
from engine.registry import part


@part
class NaturalEuler(Stepping, frozen=True, tag="natural euler"):
    """One step from t to s keeps the predicted ends: x = a x1 + b x0, v = a' x1 + b' x0; Z_s = a_s x1 + b_s x0.

    Exact where the lines of the path do not cross; DDIM where a^2 + b^2 = 1; Euler on the straight path. Where
    a' b - a b' = 0 the velocity does not tell the ends, and the step is Euler's. In other words: Euler along the
    straight path that v is ``straightened`` to, at the times a/(a+b).
    """

    about = (
        "From t to s with the ends that v predicts: x = a x1 + b x0, v = a' x1 + b' x0, Z_s = a_s x1 + b_s x0. "
        "Euler on the straight path, DDIM where a² + b² = 1."
    )
    order = 1
    rank = 10

    def step(self, v: Field, x: Array, t: float, h: float) -> Array:
        return x + h * v(x, t)

    def go(self, v: Field, x: Array, t: float, s: float, path: Path | None) -> Array:
        """On a path that is not affine, or when none is named, the step is Euler's."""
        if not isinstance(path, Affine) or path.straight:
            return self.step(v, x, t, s - t)
        return natural_step(path, v, x, t, s)


def natural_step(path: Affine, v: Field, x: Array, t: float, s: float) -> Array:
    """Z_s from Z_t = x, ``(n, d)``; t and s are numbers."""
    a, b, da, db = path.coefficients(t)
    turn = da * b - a * db
    if abs(turn) < 1e-12:
        return x + (s - t) * v(x, t)
    a_s, b_s, _, _ = path.coefficients(s)
    # (x1, x0) = (b v - b' x, a' x - a v) / (a' b - a b')
    return ((b_s * da - a_s * db) / turn) * x + ((a_s * b - b_s * a) / turn) * v(x, t)
