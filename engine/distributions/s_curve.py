"""A sheet bent to an S."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class SCurve(Distribution, frozen=True, tag="S-curve"):
    """radius (sin a, sign(a) (cos a - 1)), a ~ U(-3π/2, 3π/2), third coordinate U(-width/2, width/2), plus noise."""

    about = (
        "Own scale and order of axes, not scikit-learn's: R (sin a, sign(a) (cos a - 1)), a ~ U(-3π/2, 3π/2), third "
        "coordinate U(-width/2, width/2); plus N(0, noise² I). In 1-D and 2-D its first coordinates."
    )
    rank = 11
    lengths = ("radius", "width", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Radius R of both bows; the S is 4R high.")] = 1.5
    width: Annotated[float, knob("width", 0.0, 1e3, tip="Extent of the sheet along the third axis (3-D only).")] = 4.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.1
    )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        a, third = 3 * np.pi * (rng.random(n) - 0.5), self.width * (rng.random(n) - 0.5)
        xyz = np.column_stack([self.radius * np.sin(a), self.radius * np.sign(a) * (np.cos(a) - 1), third])
        return embed(xyz, dim) + self.noise * rng.standard_normal((n, dim))
