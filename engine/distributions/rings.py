"""Concentric rings."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from engine.laws.shapes import sphere
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Rings(Distribution, frozen=True, tag="rings"):
    """Spheres of R^d about the origin with radii radius k/count, k = 1..count, of one surface density, plus noise."""

    about = (
        "Circles (in 3-D spheres, in 1-D the points ±r) about 0 of radii r = R k/count, uniform on their union: a "
        "circle is chosen with probability proportional to r^(d-1), or each as often. Plus N(0, noise² I)."
    )
    rank = 5
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Radius R of the outermost ring.")] = 4.0
    count: Annotated[int, knob("rings", 1, 16, tip="Number of rings, at radii R k/count for k = 1..count.")] = 2
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.1
    )

    shares: Annotated[
        Literal["by size", "equal"], knob("shares", tip="by size: one density on all of them; equal: one mass on each.")
    ] = "by size"

    def partition(self, dim: int) -> tuple[str, int]:
        return "ring", self.count

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        radii = self.radius * np.arange(1, self.count + 1) / self.count
        share = radii ** (dim - 1) if self.shares == "by size" else np.ones(self.count)
        ring = rng.choice(self.count, n, p=share / share.sum())
        x = radii[ring, None] * sphere(n, dim, rng) + self.noise * rng.standard_normal((n, dim))
        return x, ring
