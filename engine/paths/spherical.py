"""The spherical path: a quarter of a circle in the plane of the two ends."""

from __future__ import annotations

from math import pi
from typing import Any

from engine.fields.affine import Affine, functions
from engine.registry import part


@part
class Spherical(Affine, frozen=True, tag="spherical"):
    """X_t = sin(pi t/2) X1 + cos(pi t/2) X0."""

    about = "X_t = a X1 + b X0 with a = sin(π t/2), b = cos(π t/2): a² + b² = 1 keeps the variance of white ends."
    rank = 10

    def coefficients(self, t: Any) -> tuple[Any, Any, Any, Any]:
        of, angle = functions(t), t * (pi / 2)
        a, b = of.sin(angle), of.cos(angle)
        return a, b, b * (pi / 2), a * (-pi / 2)
