"""Two interleaved half circles, as libraries of toy data define them."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import FAR, embed, per_axis
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Moons(Distribution, frozen=True, tag="moons"):
    """scale (m + u (1, 1)) + shift + N(0, noise² I), u ~ U(0, offset); m is (cos θ, sin θ) or (1 - cos θ, 1/2 - sin θ),
    θ ~ U(0, π)."""

    about = (
        "scale (m + u (1, 1)) + shift + N(0, noise² I): m = (cos θ, sin θ) or (1 - cos θ, 1/2 - sin θ), θ ~ U(0, π), "
        "half each; one u ~ U(0, offset) for both axes. torchdyn's, as torchcfm uses them: offset 0.2, scale 3, shift "
        "-1, noise 0. scikit-learn's: offset 0, scale 1, shift 0. In 1-D the first coordinate, in 3-D z = 0 "
        "before shift and noise."
    )
    rank = 4.5
    lengths = ("scale", "noise")
    shifts = "shift"

    scale: Annotated[float, knob("scale", above=0.0, high=1e3, tip="Radius of both half circles.")] = 3.0
    shift: Annotated[
        float | tuple[float, ...],
        knob("shift", -FAR, FAR, tip="Added after scaling: a number for all axes, or one per axis."),
    ] = -1.0
    offset: Annotated[
        float,
        knob("offset", 0.0, 1e2, tip="u ~ U(0, offset), before scaling: the same number on both axes of a point."),
    ] = 0.2
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.0
    )

    def check(self, dim: int) -> None:
        per_axis("shift", self.shift, dim)

    def partition(self, dim: int) -> tuple[str, int]:
        return "moon", 2

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        angle, inner, u = rng.uniform(0, np.pi, n), rng.integers(2, size=n), self.offset * rng.random((n, 1))
        x, y = np.cos(angle), np.sin(angle)
        moon = np.where(inner[:, None], np.column_stack([1 - x, 0.5 - y]), np.column_stack([x, y])) + u
        moved = self.scale * embed(moon, dim) + np.asarray(self.shift)
        return moved + self.noise * rng.standard_normal((n, dim)), inner
