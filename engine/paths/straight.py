"""The straight path of the tutorial."""

from __future__ import annotations

from typing import Any

from engine.parts import Array, Path
from engine.registry import part


@part
class Straight(Path, frozen=True, tag="straight"):
    """X_t = t X1 + (1 - t) X0."""

    about = "X_t = t X1 + (1 - t) X0, so dX_t/dt = X1 - X0."
    straight = True
    rank = 0

    def at(self, x0: Array, x1: Array, t: Any) -> tuple[Array, Array]:
        dx = x1 - x0
        return x0 + t * dx, dx
