"""A star."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from engine.laws.shapes import embed
from engine.laws.strokes import Strokes, inside
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Star(Distribution, frozen=True, tag="star"):
    """A star polygon about 0 with one point up: filled, or its outline, plus noise; a class for each point."""

    about = (
        "A star with k points about 0: its corners lie at R and at R · inner by turns, 180°/k apart, one at the top. "
        "Uniform by area inside, or by length on its outline, plus N(0, noise² I). In 1-D its first coordinate, in 3-D "
        "it lies at z = 0 before the noise."
    )
    rank = 17.1
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Distance R of the points from 0.")] = 3.0
    tips: Annotated[int, knob("points", 2, 24, tip="Number k of points.")] = 5
    inner: Annotated[float, knob("inner", above=0.0, high=1.0, tip="Distance of the corners between them, over R.")] = (
        0.382
    )
    fill: Annotated[Literal["filled", "outline"], knob("fill", tip="The inside, or the line around it.")] = "filled"
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.03
    )

    def partition(self, dim: int) -> tuple[str, int]:
        return "point", self.tips

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if self.fill == "filled":
            xy, piece = inside(self.outline(), np.zeros(2), n, rng)
            tip = (piece + 1) // 2 % self.tips
        else:
            corners = self.outline()
            xy, side = Strokes(tuple(corners[k : k + 2] for k in range(2 * self.tips))).drawn(n, rng)
            tip = (side + 1) // 2 % self.tips
        return embed(xy, dim) + self.noise * rng.standard_normal((n, dim)), tip

    def outline(self) -> np.ndarray:
        """The corners (2k + 1, 2), the first one again at the end."""
        a = np.pi / 2 + np.pi * np.arange(2 * self.tips + 1) / self.tips
        r = self.radius * np.where(np.arange(len(a)) % 2, self.inner, 1.0)
        return np.column_stack([r * np.cos(a), r * np.sin(a)])
