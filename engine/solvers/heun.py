"""Heun's method."""

from __future__ import annotations

from engine.fields.field import Array, Field
from engine.motion.stepping import Stepping
from engine.registry import part


@part
class Heun(Stepping, frozen=True, tag="heun"):
    """Z_{t+h} = Z_t + (h/2)(k1 + k2), k1 = v(Z_t, t), k2 = v(Z_t + h k1, t + h)."""

    about = "Heun's method: second order, two evaluations per step."
    order = 2
    evaluations = 2
    rank = 30

    def step(self, v: Field, x: Array, t: float, h: float) -> Array:
        k1 = v(x, t)
        return x + (h / 2) * (k1 + v(x + h * k1, t + h))
