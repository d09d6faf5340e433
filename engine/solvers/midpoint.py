"""The midpoint rule."""

from __future__ import annotations

from engine.fields.field import Array, Field
from engine.motion.stepping import Stepping
from engine.registry import part


@part
class Midpoint(Stepping, frozen=True, tag="midpoint"):
    """Z_{t+h} = Z_t + h v(Z_t + (h/2) v(Z_t, t), t + h/2)."""

    about = "The midpoint rule: second order, two evaluations per step."
    order = 2
    evaluations = 2
    rank = 25

    def step(self, v: Field, x: Array, t: float, h: float) -> Array:
        half = x + (h / 2) * v(x, t)
        return x + h * v(half, t + h / 2)
