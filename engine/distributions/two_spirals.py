"""Two interleaved spirals, as papers on flows define them."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class TwoSpirals(Distribution, frozen=True, tag="two spirals"):
    """±scale (a (-cos a, sin a) + U(0, jitter)²) + N(0, noise² I) with a = 2π turns √u, u ~ U(0, 1)."""

    about = (
        "±scale (a (-cos a, sin a) + J) + N(0, noise² I), either sign half the time: a = 2π turns √u, u ~ U(0, 1), J "
        "uniform on [0, jitter]². FFJORD's 2spirals: turns 1.5, scale 1/3, jitter 0.5, noise 0.1. In 1-D its first "
        "coordinate, in 3-D it lies at z = 0 before the noise. Equal arms without jitter: spiral, with 2 arms."
    )
    rank = 8.5
    lengths = ("scale", "noise")

    scale: Annotated[float, knob("scale", above=0.0, high=1e3, tip="Times the angle in radians it is the radius.")] = (
        1 / 3
    )
    turns: Annotated[float, knob("turns", above=0.0, high=20.0, tip="Full turns from the middle to the outer end.")] = (
        1.5
    )
    jitter: Annotated[
        float, knob("jitter", 0.0, 1e2, tip="J ~ U(0, jitter) on each of the two axes, before scaling.")
    ] = 0.5
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.1
    )

    def partition(self, dim: int) -> tuple[str, int]:
        return "arm", 2

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        a, other = 2 * np.pi * self.turns * np.sqrt(rng.random(n)), rng.integers(2, size=n)
        arm = a[:, None] * np.column_stack([-np.cos(a), np.sin(a)]) + self.jitter * rng.random((n, 2))
        xy = self.scale * (1 - 2 * other)[:, None] * arm
        return embed(xy, dim) + self.noise * rng.standard_normal((n, dim)), other
