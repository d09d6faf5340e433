"""The straight path of the tutorial."""

from __future__ import annotations

from typing import Any

from engine.fields.affine import Affine
from engine.fields.field import Array
from engine.registry import part


@part
class Straight(Affine, frozen=True, tag="straight"):
    """X_t = t X1 + (1 - t) X0."""

    about = "X_t = t X1 + (1 - t) X0, so dX_t/dt = X1 - X0."
    straight = True
    rank = 0

    def coefficients(self, t: Any) -> tuple[Any, Any, Any, Any]:
        return t, 1 - t, 1.0, -1.0

    def at(self, x0: Array, x1: Array, t: Any) -> tuple[Array, Array]:
        dx = x1 - x0
        return x0 + t * dx, dx
