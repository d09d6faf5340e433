"""Eight Gaussians on a circle."""

from __future__ import annotations

from itertools import product
from typing import Annotated

import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.shapes import draw_classed, equal
from engine.parts import Distribution, knob
from engine.registry import part


@part
class EightGaussians(Distribution, frozen=True, tag="eight gaussians"):
    """Equal parts of N(m_k, std² I), k = 0..7, with m_k = radius (cos kπ/4, sin kπ/4)."""

    about = (
        "Own definition: equal parts of N(m_k, σ² I) at m_k = R (cos kπ/4, sin kπ/4); in 1-D eight equally spaced "
        "points of [-R, R], in 3-D the corners of the cube inscribed in the sphere of radius R. Elsewhere the spread "
        "is often 0.1^(1/4) = 0.562 at radius 5."
    )
    rank = 3
    lengths = ("radius", "std")

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Distance R of the modes from the origin.")] = 4.0
    std: Annotated[float, knob("std", 0.0, 1e2, tip="Standard deviation σ of each mode (not its variance).")] = 0.25

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return draw_classed(self.mixture(dim), n, rng)

    def mixture(self, dim: int) -> Mixture:
        angle = np.arange(8) * np.pi / 4
        unit = {
            1: np.linspace(-1, 1, 8)[:, None],
            2: np.column_stack([np.cos(angle), np.sin(angle)]),
            3: np.array(list(product((-1, 1), repeat=3))) / np.sqrt(3),
        }[dim]
        return equal(self.radius * unit, self.std)
