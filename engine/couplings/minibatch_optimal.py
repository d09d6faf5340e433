"""Optimal within batches."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.matching.assignment import EXACT, Matching, Slices, split_said, within
from engine.parts import Distribution, Pairs, knob
from engine.registry import part


@part
class MinibatchOptimal(Matching, frozen=True, tag="minibatch optimal"):
    """An optimal plan of its own inside each random batch of pairs."""

    about = (
        "The joint law of minibatch optimal transport: the pairs are split at random into equal batches of at most the "
        "given size, and each batch is paired at least E|X1 - X0|². 1 is independent; larger batches come closer to "
        "optimal."
    )
    rank = 2

    pairs: Pairs = 50_000
    batch: Annotated[int, knob("batch", 1, EXACT, log=True, tip="Pairs per batch; every batch has its own plan.")] = 64

    def partners(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> Slices:
        return within(x0, x1, self.batch, rng)

    def note(self, source: Distribution, target: Distribution, dim: int) -> str:
        return f"exact inside {split_said('batches', self.pairs, self.batch) or 'one batch'}"
