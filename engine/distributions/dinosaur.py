"""A dinosaur."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.laws.strokes import Strokes, circle, smooth
from engine.parts import Distribution, knob
from engine.registry import part

#: Our own drawing: from the tip of the tail along back, neck and head, and back by throat, legs and belly.
OUTLINE = (
    *((-4.9, 0.9), (-4.2, 0.35), (-3.4, 0.25), (-2.6, 0.75), (-1.8, 1.3), (-0.9, 1.6), (0.0, 1.55), (0.8, 1.3)),
    *((1.5, 1.25), (2.0, 1.7), (2.3, 2.5), (2.55, 3.2), (2.95, 3.65), (3.5, 3.75), (4.05, 3.55), (4.5, 3.2)),
    *((4.6, 2.95), (4.3, 2.8), (3.75, 2.8), (3.4, 2.6), (3.2, 2.0), (3.0, 1.1), (2.7, 0.2), (2.3, -0.35)),
    *((2.15, -1.0), (2.2, -1.7), (2.25, -2.15), (1.7, -2.2), (1.4, -2.15), (1.3, -1.5), (1.15, -0.85), (0.6, -0.75)),
    *((-0.2, -0.8), (-0.7, -0.9), (-0.8, -1.5), (-0.75, -2.15), (-1.3, -2.2), (-1.65, -2.15), (-1.75, -1.5)),
    *((-2.0, -0.85), (-2.6, -0.45), (-3.3, -0.35), (-4.1, 0.0)),
)
EYE = 3.55, 3.3, 0.13


@part
class Dinosaur(Distribution, frozen=True, tag="dinosaur"):
    """A closed smooth curve in the shape of a long-necked dinosaur, and its eye, uniform by length, plus noise."""

    about = (
        "Own drawing: the closed Catmull-Rom curve through 43 places in the shape of a dinosaur, and a circle for its "
        "eye; uniform by length, plus N(0, noise² I). In 1-D its first coordinate, in 3-D it lies at z = 0 before the "
        "noise."
    )
    rank = 17.4
    lengths = ("width", "noise")

    width: Annotated[float, knob("width", above=0.0, high=1e3, tip="From tail to snout.")] = 8.0
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.05
    )

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.width * embed(_drawing().drawn(n, rng)[0], dim) + self.noise * rng.standard_normal((n, dim))


@cache
def _drawing() -> Strokes:
    """1 wide, its box about 0."""
    body, eye = smooth(OUTLINE), circle(*EYE)
    low, high = body.min(0), body.max(0)
    return Strokes(tuple((line - (low + high) / 2) / (high - low)[0] for line in (body, eye)))
