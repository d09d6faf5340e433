"""Torus knots."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.closed_curves import along
from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Knot(Distribution, frozen=True, tag="knot"):
    """The torus knot that goes p times around the axis and q times through the hole, uniform by length, plus noise."""

    about = (
        "Uniform by arc length on ((R + r cos qφ) cos pφ, (R + r cos qφ) sin pφ, r sin qφ), φ ~ [0, 2π), with "
        "r = R/2, plus N(0, noise² I): p = 2, q = 3 is the trefoil. In 1-D and 2-D its first coordinates."
    )
    rank = 21
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Radius R of the torus; its tube has R/2.")] = 2.0
    around: Annotated[int, knob("around p", 1, 20, tip="Times that it goes around the axis.")] = 2
    through: Annotated[int, knob("through q", 1, 20, tip="Times that it goes through the hole.")] = 3
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.08
    )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return embed(along(self._curve, n, rng), dim) + self.noise * rng.standard_normal((n, dim))

    def _curve(self, s: np.ndarray) -> np.ndarray:
        p, q = 2 * np.pi * self.around * s, 2 * np.pi * self.through * s
        out = self.radius * (1 + np.cos(q) / 2)
        return np.column_stack([out * np.cos(p), out * np.sin(p), self.radius / 2 * np.sin(q)])
