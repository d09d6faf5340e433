"""Distillation into one step."""

from __future__ import annotations

import numpy as np

from engine.parts import Finished, Operation
from engine.registry import part


@part
class Distil(Operation, frozen=True, tag="distil"):
    """T(z0) = z0 + v(z0, 0) fitted on (Z0, Z1): the loss looks at t = 0 alone, and one Euler step is the whole map."""

    about = (
        "One step instead of a flow: T(z0) = z0 + v(z0, 0) with v fitted on (Z0, Z1) at t = 0 alone. "
        "Its figures are those of the map T; figures of a flow are left out."
    )
    word = "distilled"
    one_step = True
    rank = 2

    def continued(self, finished: Finished, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return finished.z0, finished.z1
