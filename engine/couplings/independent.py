"""The product coupling."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.parts import Coupling, knob
from engine.registry import part


@part
class Independent(Coupling, frozen=True, tag="independent"):
    """X0 and X1 drawn independently."""

    about = "X0 and X1 independent: the joint law is P0 x P1."
    independent = True
    rank = 0

    pairs: Annotated[int, knob("pairs", 2, 1_000_000, log=True, tip="Pairs (X0, X1) that a round is trained on.")] = (
        50_000
    )

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return x0, x1[rng.permutation(len(x1))]
