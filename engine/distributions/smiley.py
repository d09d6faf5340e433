"""A smiling face."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.laws.strokes import Strokes, circle
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Smiley(Distribution, frozen=True, tag="smiley"):
    """A circle, two upright ellipses and an arc, uniform by length, plus noise; a class for each."""

    about = (
        "Own drawing, uniform by length: the circle |x| = R; eyes, ellipses about (±0.35, 0.3) R with half axes "
        "(0.1, 0.18) R; a mouth, the arc of radius 0.6 R about 0 from 205° to 335°. Plus N(0, noise² I). In 1-D its "
        "first coordinate, in 3-D it lies at z = 0 before the noise."
    )
    rank = 17.3
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Radius R of the face.")] = 3.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.06
    )

    def partition(self, dim: int) -> tuple[str, int]:
        return "line", 4

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        xy, line = _face().drawn(n, rng)
        return self.radius * embed(xy, dim) + self.noise * rng.standard_normal((n, dim)), line


@cache
def _face() -> Strokes:
    """Of radius 1."""
    eye = circle(0.0, 0.0, 1.0) * (0.1, 0.18) + np.array((0.0, 0.3))
    mouth = circle(0.0, 0.0, 0.6, *np.radians((205, 335)))
    aside = np.array((0.35, 0.0))
    return Strokes((circle(0.0, 0.0, 1.0), eye - aside, eye + aside, mouth))
