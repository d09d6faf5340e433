"""Two linked rings."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class LinkedRings(Distribution, frozen=True, tag="linked rings"):
    """Two circles of one radius, each through the middle of the other and at right angles to it, plus noise."""

    about = (
        "Equal parts of R (cos a - 1/2, sin a, 0) and R (cos a + 1/2, 0, sin a), a ~ U(0, 2π), plus N(0, noise² I). "
        "In 2-D its first coordinates: a circle and a line."
    )
    rank = 22
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Radius R of both.")] = 2.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.1
    )

    def partition(self, dim: int) -> tuple[str, int]:
        return "ring", 2

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        a, second = rng.uniform(0, 2 * np.pi, n), rng.random(n) < 0.5
        x, side = np.cos(a) + np.where(second, 0.5, -0.5), np.sin(a)
        xyz = np.column_stack([x, np.where(second, 0.0, side), np.where(second, side, 0.0)])
        return self.radius * embed(xyz, dim) + self.noise * rng.standard_normal((n, dim)), second.astype(int)
