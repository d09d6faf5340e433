"""From optimal to independent."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.assignment import Block, blockwise
from engine.parts import Coupling, Pairs, knob
from engine.registry import part


@part
class Shuffled(Coupling, frozen=True, tag="shuffled"):
    """The optimal pairs, a random share of which exchange their partners at random."""

    about = (
        "Optimal pairs (blockwise above 4,096, as in “optimal”); then a random share of them exchange their X1 among "
        "themselves at random. Share 0 is optimal, 1 a random pairing: a dial between the two."
    )
    costly = True
    rank = 4

    pairs: Pairs = 8_192
    share: Annotated[
        float, knob("share", 0.0, 1.0, tip="Share of the pairs that exchange their partners: 0 optimal, 1 independent.")
    ] = 0.5
    block: Block = 2048

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        partner = blockwise(x0, x1, self.block, rng)
        chosen = rng.permutation(len(x0))[: round(self.share * len(x0))]
        partner[chosen] = partner[rng.permutation(chosen)]
        return x0, x1[partner]
