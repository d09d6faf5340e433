"""Two Gaussians, one above the other: either end of the scene in which the lines cross."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.placement import Placement
from engine.laws.shapes import FAR, draw_classed, equal
from engine.parts import Distribution, knob
from engine.registry import part


@part
class TwoModes(Distribution, frozen=True, tag="two modes"):
    """Half N(a, std² I), half N(b, std² I), with a, b = (at, ±separation/2)."""

    about = (
        "Equal parts of N(m, σ² I) at m = (at, ±separation/2); "
        "in 1-D m = at ± separation/2, in 3-D m = (at, ±separation/2, 0)."
    )
    rank = 2
    lengths = ("at", "separation", "std")

    at: Annotated[float, knob("at", -FAR, FAR, tip="First coordinate of both modes (in 1-D: of their middle).")] = 0.0
    separation: Annotated[
        float, knob("separation", 0.0, 1e4, tip="Distance of the two modes, which lie at ±separation/2.")
    ] = 15.0
    std: Annotated[float, knob("std", 0.0, 1e3, tip="Standard deviation σ of each mode, the same on all axes.")] = 0.5

    def moved(self, by: Placement, dim: int) -> TwoModes | None:
        """Along the first axis; elsewhere the modes do not lie."""
        made = super().moved(Placement(np.zeros(dim), by.scale, by.turn, by.stretch), dim)
        if made is None or by.shift[1:].any():
            return None
        return msgspec.structs.replace(made, at=made.at + float(by.shift[0]))

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return draw_classed(self.mixture(dim), n, rng)

    def mixture(self, dim: int) -> Mixture:
        means = np.zeros((2, dim))
        means[:, 0] = self.at
        means[:, min(1, dim - 1)] += np.array([0.5, -0.5]) * self.separation
        return equal(means, self.std)
