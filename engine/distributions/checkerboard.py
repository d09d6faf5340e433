"""A checkerboard."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.parts import Distribution, knob
from engine.registry import part


@part
class Checkerboard(Distribution, frozen=True, tag="checkerboard"):
    """The uniform law on the cells (i_1, ..., i_d) of even i_1 + ... + i_d, of ``cells``^d that fill [-r, r]^d."""

    about = (
        "Own definition: [-R, R]^d cut into cells^d equal cells i = (i_1, ..., i_d); uniform on those of even "
        "i_1 + ... + i_d. In 1-D these are alternating intervals, in 3-D alternating cubes."
    )
    rank = 7
    lengths = ("radius",)

    radius: Annotated[float, knob("half width", above=0.0, high=1e3, tip="The board is [-R, R]^d.")] = 4.0
    cells: Annotated[int, knob("cells", 1, 16, tip="Cells along each axis, each of side 2R/cells.")] = 4

    def partition(self, dim: int) -> tuple[str, int]:
        return "cell", (self.cells**dim + 1) // 2

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        index = np.stack(np.meshgrid(*[np.arange(self.cells)] * dim, indexing="ij"), -1).reshape(-1, dim)
        index = index[index.sum(axis=1) % 2 == 0]
        cell = rng.integers(len(index), size=n)
        return self.radius * (2 * (index[cell] + rng.random((n, dim))) / self.cells - 1), cell
