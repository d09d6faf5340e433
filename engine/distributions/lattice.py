"""Gaussians on the points of a lattice."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.shapes import draw_classed, equal
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Lattice(Distribution, frozen=True, tag="lattice"):
    """Equal parts of N(m, std² I) at the ``count``^d points m of a lattice about 0."""

    about = (
        "Equal parts of N(m, σ² I) at count^d points m about 0, the nearest of them ``spacing`` apart: square (in 3-D "
        "cubic), or hexagonal (rows moved by half a step by turns; in 3-D close packed). In 1-D both are evenly spaced "
        "points. With σ = 0 the points themselves."
    )
    rank = 7.5
    lengths = ("spacing", "std")

    spacing: Annotated[float, knob("spacing", above=0.0, high=1e3, tip="From a point to its nearest neighbours.")] = 1.5
    count: Annotated[int, knob("count", 1, 10, tip="Points along each axis.")] = 5
    std: Annotated[float, knob("std", 0.0, 1e2, tip="Standard deviation σ about each point.")] = 0.12
    pattern: Annotated[Literal["square", "hexagonal"], knob("pattern", tip="How the points lie.")] = "square"

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return draw_classed(self.mixture(dim), n, rng)

    def mixture(self, dim: int) -> Mixture:
        return equal(self.sites(dim), self.std)

    def points(self, dim: int) -> np.ndarray | None:
        return self.sites(dim) if self.std == 0 else None

    def sites(self, dim: int) -> np.ndarray:
        """The points (count^d, d)."""
        i = np.stack(np.meshgrid(*[np.arange(self.count)] * dim, indexing="ij"), -1).reshape(-1, dim).astype(float)
        if self.pattern == "hexagonal" and dim > 1:
            layer = i[:, 2] % 2 if dim == 3 else 0.0
            i[:, 0] += ((i[:, 1] + layer) % 2) / 2
            i[:, 1] = np.sqrt(3) / 2 * (i[:, 1] + layer / 3)
            if dim == 3:
                i[:, 2] *= np.sqrt(2 / 3)
        return self.spacing * (i - i.mean(0))
