"""One point."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.placement import Placement, axes
from engine.laws.shapes import FAR, equal, per_axis
from engine.parts import Distribution, knob
from engine.registry import part


@part
class SinglePoint(Distribution, frozen=True, tag="single point"):
    """All mass at one point: the velocity towards it is (x1 - x)/(1 - t)."""

    about = "All mass at one point x1; as a target, v(x, t) = (x1 - x)/(1 - t) and one Euler step is exact."
    rank = 13

    at: Annotated[
        float | tuple[float, ...], knob("at", -FAR, FAR, tip="The point: a number for all axes, or one per axis.")
    ] = 2.0

    def check(self, dim: int) -> None:
        per_axis("at", self.at, dim)

    def moved(self, by: Placement, dim: int) -> SinglePoint:
        return SinglePoint(axes(by.at(self.points(dim))[0]))

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return np.full((n, dim), self.at, float)

    def mixture(self, dim: int) -> Mixture:
        return equal(self.points(dim), 0.0)

    def points(self, dim: int) -> np.ndarray:
        return np.full((1, dim), self.at, float)
