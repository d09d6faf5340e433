"""The figure-eight knot."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.closed_curves import along
from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class FigureEightKnot(Distribution, frozen=True, tag="figure-eight knot"):
    """The knot with four crossings, uniform by length, plus noise."""

    about = (
        "Uniform by arc length on R/3 ((2 + cos 2φ) cos 3φ, (2 + cos 2φ) sin 3φ, sin 4φ), φ ~ [0, 2π), plus "
        "N(0, noise² I): the knot 4₁, which no torus carries. In 1-D and 2-D its first coordinates."
    )
    rank = 21.1
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Largest distance R from the axis.")] = 3.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.08
    )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return embed(along(self.curve, n, rng), dim) + self.noise * rng.standard_normal((n, dim))

    def curve(self, s: np.ndarray) -> np.ndarray:
        """Places (k, 3) at s in [0, 1] (k,)."""
        a = 2 * np.pi * s
        out = 2 + np.cos(2 * a)
        return self.radius / 3 * np.column_stack([out * np.cos(3 * a), out * np.sin(3 * a), np.sin(4 * a)])
