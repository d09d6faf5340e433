"""One ring."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.shapes import equal, sphere
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Ring(Distribution, frozen=True, tag="ring"):
    """The uniform law on the sphere |x| = radius of R^d, plus noise."""

    about = "Uniform on |x| = R (in 2-D a circle, in 3-D a sphere, in 1-D the points ±R), plus N(0, noise² I)."
    rank = 6
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Radius R.")] = 3.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.1
    )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.radius * sphere(n, dim, rng) + self.noise * rng.standard_normal((n, dim))

    def mixture(self, dim: int) -> Mixture | None:
        return equal([[-self.radius], [self.radius]], self.noise) if dim == 1 else None
