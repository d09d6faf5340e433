"""Two interleaved half circles."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class TwoMoons(Distribution, frozen=True, tag="two moons"):
    """Equal parts of two half circles, s (R (cos θ, sin θ) - R (1/2, 1/4)) with s = ±1, θ ~ U(0, π), plus noise."""

    about = (
        "Own definition, with the outline of scikit-learn's moons but centred: ±R (cos θ - 1/2, sin θ - 1/4), either "
        "sign with probability 1/2, θ ~ U(0, π), plus N(0, noise² I). In 1-D its first "
        "coordinate, in 3-D it lies at z = 0 before the noise."
    )
    rank = 4
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Radius R of both half circles.")] = 2.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.1
    )

    def partition(self, dim: int) -> tuple[str, int]:
        return "moon", 2

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        angle, sign = rng.uniform(0, np.pi, n), rng.choice([-1.0, 1.0], (n, 1))
        moon = np.column_stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25])
        x = embed(self.radius * sign * moon, dim) + self.noise * rng.standard_normal((n, dim))
        return x, (sign[:, 0] < 0).astype(int)  # the upper one is 0
