"""A uniform box."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import FAR, per_axis
from engine.parts import Distribution, knob
from engine.registry import part


@part
class UniformBox(Distribution, frozen=True, tag="uniform box"):
    """U(centre - side/2, centre + side/2) on every axis, independent."""

    about = (
        "Uniform on the box centre ± side/2 of R^d; centre and side are each a number for all axes, or one per axis."
    )
    rank = 12
    lengths = ("side",)
    shifts = "centre"

    centre: Annotated[
        float | tuple[float, ...], knob("centre", -FAR, FAR, tip="Middle: a number for all axes, or one per axis.")
    ] = 0.0
    side: Annotated[
        float | tuple[float, ...],
        knob("side", 0.0, 1e4, tip="Length of the sides: a number for all axes, or one per axis."),
    ] = 4.0

    def check(self, dim: int) -> None:
        per_axis("centre", self.centre, dim)
        per_axis("side", self.side, dim)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(self.centre) + np.asarray(self.side) * (rng.random((n, dim)) - 0.5)
