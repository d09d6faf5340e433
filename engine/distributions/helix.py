"""A helix."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Helix(Distribution, frozen=True, tag="helix"):
    """(R cos 2πks, R sin 2πks, h (s - 1/2)), s ~ U(0, 1), plus noise."""

    about = (
        "Uniform on (R cos 2πks, R sin 2πks, h (s - 1/2)), s ~ U(0, 1), plus N(0, noise² I). In 1-D and 2-D its first "
        "coordinates: a circle."
    )
    rank = 20
    lengths = ("radius", "height", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Radius R of the cylinder that it winds on.")] = (
        1.5
    )
    turns: Annotated[float, knob("turns", above=0.0, high=20.0, tip="Times k that it goes around.")] = 3.0
    height: Annotated[float, knob("height", 0.0, 1e3, tip="Height h from end to end.")] = 4.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.08
    )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        s = rng.random(n)
        angle = 2 * np.pi * self.turns * s
        xyz = np.column_stack([self.radius * np.cos(angle), self.radius * np.sin(angle), self.height * (s - 0.5)])
        return embed(xyz, dim) + self.noise * rng.standard_normal((n, dim))
