"""Lissajous curves and knots."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.closed_curves import along
from engine.laws.shapes import embed
from engine.parts import Distribution, Wrong, knob
from engine.registry import part

FASTEST = 20


@part
class Lissajous(Distribution, frozen=True, tag="Lissajous"):
    """R (cos(2π f_1 s + p_1), cos(2π f_2 s + p_2), cos(2π f_3 s + p_3)), uniform by length, plus noise."""

    about = (
        "Uniform by arc length on R (cos(f₁ φ + p₁), cos(f₂ φ + p₂), cos(f₃ φ + p₃)), φ ~ [0, 2π), plus N(0, noise² "
        "I). Frequencies 3, 2, 7 with phases 0.7, 0.2, 0 are the knot 5₂; 3, 2, 5 with 1.5, 0.2, 0 is 6₁; 3, 5, 7 with "
        "0.7, 1, 0 the square knot. In 1-D and 2-D its first coordinates."
    )
    rank = 21.2
    lengths = ("radius", "noise")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="R: it fills [-R, R] on each axis.")] = 2.5
    frequencies: Annotated[
        tuple[int, ...], knob("frequencies", 1, FASTEST, tip="f₁, f₂, f₃: swings along each axis.")
    ] = (3, 2, 7)
    phases: Annotated[tuple[float, ...], knob("phases", -10.0, 10.0, tip="p₁, p₂, p₃, in radians.")] = (0.7, 0.2, 0.0)
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.06
    )

    def check(self, dim: int) -> None:
        for name in ("frequencies", "phases"):
            found = len(getattr(self, name))
            if found != 3:
                raise Wrong(name, f"has {found} number{'' if found == 1 else 's'}; give 3, one per axis of space")

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return embed(along(self.curve, n, rng), dim) + self.noise * rng.standard_normal((n, dim))

    def curve(self, s: np.ndarray) -> np.ndarray:
        """Places (k, 3) at s in [0, 1] (k,)."""
        return self.radius * np.cos(2 * np.pi * s[:, None] * np.array(self.frequencies) + np.array(self.phases))
