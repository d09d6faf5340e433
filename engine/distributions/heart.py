"""A heart."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

import numpy as np

from engine.laws.shapes import embed
from engine.laws.strokes import Strokes, inside
from engine.parts import Distribution, knob
from engine.registry import part

CENTRE = np.array([0.0, -1.0])  # from here all of its outline is seen


@part
class Heart(Distribution, frozen=True, tag="heart"):
    """(16 sin³ a, 13 cos a - 5 cos 2a - 2 cos 3a - cos 4a) · width/32: its inside, or its line, plus noise."""

    about = (
        "The curve (16 sin³ a, 13 cos a - 5 cos 2a - 2 cos 3a - cos 4a) · width/32: uniform by area inside, or by "
        "length on it, plus N(0, noise² I). In 1-D its first coordinate, in 3-D it lies at z = 0 before the noise."
    )
    rank = 17.2
    lengths = ("width", "noise")

    width: Annotated[float, knob("width", above=0.0, high=1e3, tip="From side to side.")] = 6.0
    fill: Annotated[Literal["filled", "outline"], knob("fill", tip="The inside, or the line around it.")] = "filled"
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.03
    )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        line = _outline()
        xy = inside(line, CENTRE, n, rng)[0] if self.fill == "filled" else Strokes((line,)).drawn(n, rng)[0]
        return self.width / 32 * embed(xy, dim) + self.noise * rng.standard_normal((n, dim))


@cache
def _outline() -> np.ndarray:
    """The closed curve (k, 2), 32 wide."""
    a = np.linspace(0.0, 2 * np.pi, 2049)
    y = 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)
    return np.column_stack([16 * np.sin(a) ** 3, y])
