"""The classical Runge-Kutta method."""

from __future__ import annotations

from engine.fields.field import Array, Field
from engine.motion.stepping import Stepping
from engine.registry import part


@part
class RK4(Stepping, frozen=True, tag="rk4"):
    """Classical Runge-Kutta: four evaluations per step."""

    about = "The classical Runge-Kutta method: fourth order, four evaluations per step."
    order = 4
    evaluations = 4
    rank = 40

    def step(self, v: Field, x: Array, t: float, h: float) -> Array:
        k1 = v(x, t)
        k2 = v(x + (h / 2) * k1, t + h / 2)
        k3 = v(x + (h / 2) * k2, t + h / 2)
        k4 = v(x + h * k3, t + h)
        return x + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4)
