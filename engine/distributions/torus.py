"""A torus."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, Wrong, knob
from engine.registry import part


@part
class Torus(Distribution, frozen=True, tag="torus"):
    """The surface of a torus about the third axis, uniform by area, plus noise."""

    about = (
        "Uniform by area on ((R + r cos φ) cos θ, (R + r cos φ) sin θ, r sin φ), plus N(0, noise² I). In 1-D and 2-D "
        "its first coordinates."
    )
    rank = 19
    lengths = ("radius", "tube", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="R, from the middle to that of the tube.")] = 2.0
    tube: Annotated[float, knob("tube", above=0.0, high=1e3, tip="Radius r of the tube, at most R.")] = 0.7
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.05
    )

    def check(self, dim: int) -> None:
        if self.tube > self.radius:
            raise Wrong(
                "tube", f"is {self.tube:g}, wider than the radius {self.radius:g}; give {self.radius:g} at most"
            )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        # The area between φ and φ + dφ grows with R + r cos φ: the cosine's share is drawn apart, as a wrapped draw.
        phi = rng.uniform(0, 2 * np.pi, n)
        outer = rng.random(n) < 0.5 * (1 + self.tube / self.radius * np.cos(phi))
        phi = np.where(outer, phi, np.pi - phi)
        out, theta = self.radius + self.tube * np.cos(phi), rng.uniform(0, 2 * np.pi, n)
        xyz = np.column_stack([out * np.cos(theta), out * np.sin(theta), self.tube * np.sin(phi)])
        return embed(xyz, dim) + self.noise * rng.standard_normal((n, dim))
