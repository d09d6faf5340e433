"""The product coupling."""

from __future__ import annotations

import numpy as np

from engine.parts import Coupling, Pairs
from engine.registry import part


@part
class Independent(Coupling, frozen=True, tag="independent"):
    """X0 and X1 drawn independently."""

    about = "X0 and X1 independent: the joint law is P0 x P1."
    independent = True
    rank = 0

    pairs: Pairs = 50_000

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return x0, x1[rng.permutation(len(x1))]
