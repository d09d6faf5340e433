"""Euler's method."""

from __future__ import annotations

from engine.fields.field import Array, Field
from engine.motion.stepping import Stepping
from engine.registry import part


@part
class Euler(Stepping, frozen=True, tag="euler"):
    """Z_{t+h} = Z_t + h v(Z_t, t)."""

    about = "Z_{t+h} = Z_t + h v(Z_t, t): first order, one evaluation per step."
    order = 1
    rank = 0

    def step(self, v: Field, x: Array, t: float, h: float) -> Array:
        return x + h * v(x, t)
