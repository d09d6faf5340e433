"""Pairs by order."""

from __future__ import annotations

import numpy as np

from engine.matching.assignment import by_order
from engine.parts import Coupling, Pairs
from engine.registry import part


@part
class Sorted(Coupling, frozen=True, tag="sorted"):
    """The k-th smallest X0 with the k-th smallest X1, by the first coordinate."""

    about = (
        "The k-th smallest X0 goes with the k-th smallest X1: in 1-D the optimal coupling, exactly. In 2-D and 3-D by "
        "the first coordinate alone: optimal along that axis, as good as independent in the others."
    )
    rank = 6

    pairs: Pairs = 50_000

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return x0, x1[by_order(x0[:, 0], x1[:, 0])]
