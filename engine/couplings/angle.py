"""Pairs by angle."""

from __future__ import annotations

import numpy as np

from engine.matching.assignment import turned
from engine.parts import Coupling, Pairs, Wrong
from engine.registry import part


@part
class Angle(Coupling, frozen=True, tag="angle"):
    """Both clouds in order of angle about their own means, paired by the cyclic shift of least mean |X1 - X0|²."""

    about = (
        "Each cloud in order of its angle about its own mean; of the n cyclic shifts of one order against the other, "
        "the one of least E|X1 - X0|². In 2-D only."
    )
    rank = 7

    pairs: Pairs = 50_000

    def check(self, dim: int) -> None:
        if dim != 2:
            raise Wrong("", f"pairs by angle need the plane, but the dimension is {dim}; set it to 2")

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return x0, x1[turned(x0, x1)]
