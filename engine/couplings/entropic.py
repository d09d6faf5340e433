"""The entropic coupling."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.matching.assignment import Matching, Slices, split_said
from engine.matching.sinkhorn import entropic
from engine.parts import Distribution, Pairs, knob
from engine.registry import part


@part
class Entropic(Matching, frozen=True, tag="entropic"):
    """X1 drawn given X0 from the plan of least E|X1 - X0|² + ε m KL(plan | product), m a block's mean cost, or 1."""

    about = (
        "Entropic optimal transport by Sinkhorn's iteration inside random blocks; every X0 draws its X1 from the plan "
        "of its block. X0 keeps its points; the law of X1 is kept within sampling error: some of its points occur more "
        "than once, others not at all. Large ε comes near independent."
    )
    rank = 3

    pairs: Pairs = 8_192
    epsilon: Annotated[
        float,
        knob(
            "epsilon",
            0.01,
            100.0,
            log=True,
            tip="ε of ε m KL(plan | product), m the mean of |x1 - x0|² in a block, "
            "where none counts more than 20 times the median.",
        ),
    ] = 0.05
    absolute: Annotated[
        bool,
        knob(
            "absolute",
            tip="m = 1: ε is a squared length, POT's reg, and 2σ² of a Schrödinger bridge (arXiv 2302.00482).",
        ),
    ] = False
    block: Annotated[
        int, knob("block", 2, 2048, log=True, tip="Points per random block; each block has a plan of its own.")
    ] = 512

    def partners(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> Slices:
        return entropic(x0, x1, self.epsilon, self.block, rng, self.absolute)

    def note(self, source: Distribution, target: Distribution, dim: int) -> str:
        return f"plans inside {split_said('blocks', self.pairs, self.block) or 'one block'}"
