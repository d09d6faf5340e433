"""Sierpinski's triangle, and its relatives in other dimensions."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.parts import Distribution, knob
from engine.registry import part

LEAST = 2.0**-52  # how small the cell is at which the digits end, over the whole


@part
class Sierpinski(Distribution, frozen=True, tag="Sierpinski"):
    """(1 - r) sum_k r^k c_k with independent uniform corners c_0, c_1, ... of a regular simplex about 0: the invariant
    law of the maps x -> r x + (1 - r) c."""

    about = (
        "The self-similar law of the maps x → r x + (1 - r) c, c a corner of a regular simplex about 0 at distance R: "
        "at r = 1/2 Sierpinski's triangle in 2-D, his tetrahedron in 3-D, uniform in 1-D; at r = 1/3 in 1-D Cantor's "
        "set. Drawn digit by digit to the last bit; its covariance is (1 - r)/(1 + r) that of the corners."
    )
    rank = 17.5
    lengths = ("radius",)

    radius: Annotated[float, knob("radius", above=0.0, high=1e3, tip="Distance R of the corners from 0.")] = 4.0
    ratio: Annotated[float, knob("ratio", 0.05, 0.75, tip="r: how much smaller a part is than the whole.")] = 0.5

    def partition(self, dim: int) -> tuple[str, int]:
        return "part", dim + 1

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        corners, x = self.radius * corners_of(dim), np.zeros((n, dim))
        for _ in range(int(np.ceil(np.log(LEAST) / np.log(self.ratio)))):  # the last digit is the largest
            digit = rng.integers(dim + 1, size=n)
            x = self.ratio * x + (1 - self.ratio) * corners[digit]
        return x, digit


def corners_of(dim: int) -> np.ndarray:
    """Those (d + 1, d) of a regular simplex at distance 1 from 0, one of them up."""
    if dim == 1:
        return np.array([[-1.0], [1.0]])
    a = np.pi / 2 + 2 * np.pi * np.arange(3) / 3
    if dim == 2:
        return np.column_stack([np.cos(a), np.sin(a)])
    base = np.column_stack([np.cos(a), np.sin(a)]) * np.sqrt(8) / 3
    return np.vstack([np.column_stack([base, np.full(3, -1 / 3)]), [0.0, 0.0, 1.0]])
