"""From optimal to independent."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.matching.assignment import Block, Matching, Slices, blocks_said, blockwise
from engine.parts import Distribution, Pairs, knob
from engine.registry import part


@part
class Shuffled(Matching, frozen=True, tag="shuffled"):
    """The optimal pairs, a random share of which exchange their partners at random."""

    about = (
        "Optimal pairs (blockwise above 4,096, as in “optimal”); then a random share of them exchange their X1 among "
        "themselves at random. Share 0 is optimal, 1 a random pairing: a dial between the two."
    )
    rank = 4

    pairs: Pairs = 8_192
    share: Annotated[
        float, knob("share", 0.0, 1.0, tip="Share of the pairs that exchange their partners: 0 optimal, 1 independent.")
    ] = 0.5
    block: Block = 2048

    def partners(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> Slices:
        for step in blockwise(x0, x1, self.block, rng):
            if isinstance(step, float):
                yield step
        chosen = rng.permutation(len(x0))[: round(self.share * len(x0))]
        step[chosen] = step[rng.permutation(chosen)]
        yield step

    def note(self, source: Distribution, target: Distribution, dim: int) -> str:
        return f"{blocks_said(self.pairs, dim, self.block)}, then shuffled"
