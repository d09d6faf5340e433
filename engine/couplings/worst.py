"""The coupling of largest cost."""

from __future__ import annotations

import numpy as np

from engine.matching.assignment import Block, Matching, Slices, blocks_said, blockwise
from engine.parts import Distribution, Pairs
from engine.registry import part


@part
class Worst(Matching, frozen=True, tag="worst"):
    """The permutation of largest mean |X1 - X0|², by a network simplex; in 1-D by sorting one end backwards."""

    about = (
        "The pairing of largest E|X1 - X0|²: exact for up to 4,096 pairs and in 1-D. Above that the clouds are split "
        "at random into equal blocks and each block is solved exactly, so the cost lies a little below the largest one."
    )
    rank = 5

    pairs: Pairs = 8_192
    block: Block = 2048

    def partners(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> Slices:
        return blockwise(x0, x1, self.block, rng, worst=True)

    def note(self, source: Distribution, target: Distribution, dim: int) -> str:
        return blocks_said(self.pairs, dim, self.block)
