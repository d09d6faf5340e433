"""The optimal coupling."""

from __future__ import annotations

import numpy as np

from engine.matching.assignment import Block, Matching, Slices, blocks_said, blockwise
from engine.parts import Distribution, Pairs
from engine.registry import part


@part
class Optimal(Matching, frozen=True, tag="optimal"):
    """The permutation of least mean |X1 - X0|², by a network simplex; in 1-D by sorting."""

    about = (
        "The pairing of least E|X1 - X0|²: exact for up to 4,096 pairs and in 1-D. Above that the clouds are split at "
        "random into equal blocks and each block is solved exactly, so the cost lies a little above the least one."
    )
    rank = 1

    pairs: Pairs = 8_192
    block: Block = 2048

    def partners(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> Slices:
        return blockwise(x0, x1, self.block, rng)

    def note(self, source: Distribution, target: Distribution, dim: int) -> str:
        return blocks_said(self.pairs, dim, self.block)
