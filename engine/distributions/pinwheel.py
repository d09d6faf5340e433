"""A pinwheel: Gaussian blades, twisted."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import slab
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Pinwheel(Distribution, frozen=True, tag="pinwheel"):
    """scale Q(a) (r, w) with r ~ N(1, radial²), w ~ N(0, tangential²), rotation a = 2π k/arms + twist exp(r)."""

    about = (
        "scale · Q(a) (r, w): r ~ N(1, radial²), w ~ N(0, tangential²), rotated by a = 2π k/arms + twist · e^r, arm k "
        "uniform. In 1-D its first coordinate, in 3-D the third is N(0, (scale · tangential)²)."
    )
    rank = 9
    lengths = ("scale",)

    scale: Annotated[float, knob("scale", above=0.0, high=1e3, tip="Distance of the middle of a blade from 0.")] = 2.0
    arms: Annotated[int, knob("arms", 1, 16, tip="Number of blades, 2π/arms apart.")] = 5
    twist: Annotated[float, knob("twist", -2.0, 2.0, tip="A point at radius r is turned by twist · e^r.")] = 0.25
    radial: Annotated[float, knob("radial", 0.0, 2.0, tip="Standard deviation along a blade, times scale.")] = 0.3
    tangential: Annotated[float, knob("tangential", 0.0, 2.0, tip="Standard deviation across it, times scale.")] = 0.1

    def partition(self, dim: int) -> tuple[str, int]:
        return "blade", self.arms

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        r, w = 1 + self.radial * rng.standard_normal(n), self.tangential * rng.standard_normal(n)
        arm = rng.integers(self.arms, size=n)
        a = 2 * np.pi * arm / self.arms + self.twist * np.exp(r)
        xy = np.column_stack([r * np.cos(a) - w * np.sin(a), r * np.sin(a) + w * np.cos(a)])
        return slab(self.scale * xy, dim, self.scale * self.tangential, rng), arm
