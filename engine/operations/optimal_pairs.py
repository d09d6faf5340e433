"""A new start from optimal pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np

from engine.matching.assignment import Block, blockwise, last
from engine.parts import Finished, Operation, Pairs, knob
from engine.registry import part


@part
class OptimalPairs(Operation, frozen=True, tag="optimal pairs"):
    """The same points, paired anew at least mean |x1 - x0|²."""

    about = (
        "The next round starts from optimal pairs: the first coupling's points, or those that the flow of this round "
        "made, paired at least E|X1 − X0|² (exactly up to 4,096 pairs and in 1-D, inside random blocks above)."
    )
    word = "optimal"
    rank = 3

    points: Annotated[
        Literal["data", "generated"],
        knob("points", tip="data: X0 and X1 of the first coupling. generated: Z0 and Z1 of the round continued."),
    ] = "data"
    pairs: Pairs = 8_192
    block: Block = 2048

    def continued(self, finished: Finished, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return last(self.steps(finished, rng))

    def steps(self, finished: Finished, rng: np.random.Generator) -> Iterator[float | tuple[np.ndarray, np.ndarray]]:
        ends = (finished.x0, finished.x1) if self.points == "data" else (finished.z0, finished.z1)
        x0, x1 = (end[: self.pairs] for end in ends)
        for found in blockwise(x0, x1, self.block, rng):
            yield found if isinstance(found, float) else (x0, x1[found])
