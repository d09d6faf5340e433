"""Barnsley's fern."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import numpy as np

from engine.laws.shapes import slab
from engine.parts import Distribution, knob
from engine.registry import part

#: Barnsley's maps x -> A x + b: stem, smaller fern, left and right leaflet; and how often each is taken.
STEM, SMALLER = [[0.0, 0.0], [0.0, 0.16]], [[0.85, 0.04], [-0.04, 0.85]]
LEFT, RIGHT = [[0.2, -0.26], [0.23, 0.22]], [[-0.15, 0.28], [0.26, 0.24]]
MATRICES = np.array([STEM, SMALLER, LEFT, RIGHT])
SHIFTS = np.array([[0.0, 0.0], [0.0, 1.6], [0.0, 1.6], [0.0, 0.44]])
SHARES = np.array([0.01, 0.85, 0.07, 0.07])
LOW, HIGH = np.array([-2.1820, 0.0]), np.array([2.6558, 9.9983])  # the box of its support
TURNS = 24  # leaflets or stems within each other: 0.342^24 < 1e-11
LONGEST = 200  # smaller ferns one after another: 0.851^200 < 1e-13


@part
class Fern(Distribution, frozen=True, tag="fern"):
    """The invariant law of Barnsley's four affine maps, in independent draws."""

    about = (
        "The law that Barnsley's chaos game leaves as it is: x → A_i x + b_i with i = stem, smaller fern, left, right "
        "leaflet in shares 1, 85, 7, 7 %. Every point is a draw of its own, exact to 1e-11; centred, and as high as "
        "asked. In 1-D its first coordinate, in 3-D the third is N(0, thickness²)."
    )
    rank = 17.6
    lengths = ("height", "thickness")

    height: Annotated[float, knob("height", above=0.0, high=1e3, tip="From the foot to the tip.")] = 8.0
    thickness: Annotated[
        float, knob("thickness", 0.0, 1e2, tip="Standard deviation of the third coordinate (3-D only).")
    ] = 0.1

    def partition(self, dim: int) -> tuple[str, int]:
        return "part", 4

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        xy, last = drawn(n, rng)
        return slab((xy - (LOW + HIGH) / 2) * self.height / (HIGH - LOW)[1], dim, self.thickness, rng), last


def drawn(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """``n`` independent points (n, 2) of the fern as it is defined, and the last map (n,) that each went through.

    A game of 300 moves for each point would do; but most moves are the second map, and a run of k of them is one map
    whose k is geometric. The game ends in the law itself: it began so long ago that where is forgotten.
    """
    powers, shifts = _powers()
    others = np.array([0, 2, 3])
    x = np.tile(np.linalg.solve(np.eye(2) - MATRICES[1], SHIFTS[1]), (n, 1))
    for _ in range(TURNS):
        other = others[np.searchsorted(np.cumsum(SHARES[others]) / SHARES[others].sum(), rng.random(n), side="right")]
        run = np.minimum(rng.geometric(1 - SHARES[1], n) - 1, LONGEST)
        x = np.einsum("nij,nj->ni", MATRICES[other], x) + SHIFTS[other]
        x = np.einsum("nij,nj->ni", powers[run], x) + shifts[run]
    return x, np.where(run > 0, 1, other)


@cache
def _powers() -> tuple[np.ndarray, np.ndarray]:
    """The second map k times, k = 0..LONGEST: matrices (k, 2, 2) and shifts (k, 2)."""
    matrices, shifts = [np.eye(2)], [np.zeros(2)]
    for _ in range(LONGEST):
        matrices.append(MATRICES[1] @ matrices[-1])
        shifts.append(MATRICES[1] @ shifts[-1] + SHIFTS[1])
    return np.array(matrices), np.array(shifts)
