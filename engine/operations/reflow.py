"""Reflow."""

from __future__ import annotations

import numpy as np

from engine.parts import Finished, Operation
from engine.registry import part


@part
class Reflow(Operation, frozen=True, tag="reflow"):
    """The next round is trained on (Z0, Z1)."""

    about = "The next round is trained on the pairs (Z0, Z1) that the flow of this one makes."
    word = "reflow"
    reflows = True
    rank = 0

    def continued(self, finished: Finished, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return finished.z0, finished.z1
