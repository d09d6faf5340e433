"""A spiral."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Spiral(Distribution, frozen=True, tag="spiral"):
    """Archimedean: s R (cos a, sin a), a = 2π (turns s + k/arms), s = sqrt(U(0, 1)), arm k uniform, plus noise."""

    about = (
        "Own definition: s R (cos a, sin a) with a = 2π (turns s + k/arms), s = √u, u ~ U(0, 1) (nearly uniform in "
        "length), arm k = 0..arms-1 uniform; plus N(0, noise² I). In 1-D its first coordinate, in 3-D it "
        "lies at z = 0 before the noise."
    )
    rank = 8
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Distance R of the outer end from 0.")] = 4.0
    turns: Annotated[float, knob("turns", above=0.0, high=20.0, tip="Full turns from the middle to the outer end.")] = (
        2.0
    )
    arms: Annotated[int, knob("arms", 1, 8, tip="Equal spirals, turned by 2π/arms from one to the next.")] = 1
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.1
    )

    def partition(self, dim: int) -> tuple[str, int]:
        return "arm", self.arms

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        s, arm = np.sqrt(rng.random(n)), rng.integers(self.arms, size=n)
        angle = 2 * np.pi * (self.turns * s + arm / self.arms)
        xy = self.radius * s[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return embed(xy, dim) + self.noise * rng.standard_normal((n, dim)), arm
