"""A rolled-up sheet."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class SwissRoll(Distribution, frozen=True, tag="swiss roll"):
    """radius (a cos(a), a sin(a)) / (9π/2), a ~ U(3π/2, 9π/2), third coordinate U(-width/2, width/2), plus noise."""

    about = (
        "Own scale and order of axes, not scikit-learn's: R/(9π/2) (a cos a, a sin a), a ~ U(3π/2, 9π/2), third "
        "coordinate U(-width/2, width/2); plus N(0, noise² I). In 1-D and 2-D its first coordinates."
    )
    rank = 10
    lengths = ("radius", "width", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Distance R of the outer end from the axis.")] = (
        4.0
    )
    width: Annotated[float, knob("width", 0.0, 1e3, tip="Extent of the sheet along the third axis (3-D only).")] = 4.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.1
    )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        a, third = 1.5 * np.pi * (1 + 2 * rng.random(n)), self.width * (rng.random(n) - 0.5)
        roll = a * self.radius / (4.5 * np.pi)
        xyz = np.column_stack([roll * np.cos(a), roll * np.sin(a), third])
        return embed(xyz, dim) + self.noise * rng.standard_normal((n, dim))
