"""The optimal plan of the points on show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.motion.stopping import Stop, never
from engine.parts import knob
from engine.probe import Probe, Subject
from engine.registry import part


@dataclass(frozen=True, eq=False)
class Planned:
    """``x1`` (n, d) float32: where the optimal plan of the same points takes the first n starts of the round's pairs.
    ``cost`` mean |x1 - x0|² of it, and ``paired`` of the round's own pairs."""

    x0: np.ndarray
    x1: np.ndarray
    cost: float
    paired: float


@part
class OptimalPlan(Probe, frozen=True, tag="optimal plan"):
    """The permutation of least mean |X1 - X0|² between the ends of the first pairs: exact, of these points."""

    about = "The optimal plan between the ends of the first pairs."
    live = False

    count: Annotated[int, knob("pairs", 1, 1000, log=True, tip="How many pairs.")] = 400

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Planned]:
        from scipy.optimize import linear_sum_assignment

        x0, x1 = (x[: self.count].astype(float) for x in (subject.problem.x0, subject.problem.x1))
        middle = (x0.mean(0) + x1.mean(0)) / 2  # a shift of both changes no plan, and keeps digits
        a, b = x0 - middle, x1 - middle
        _, to = linear_sum_assignment(((a[:, None] - b[None]) ** 2).sum(-1))
        cost, paired = ((x1[to] - x0) ** 2).sum(1).mean(), ((x1 - x0) ** 2).sum(1).mean()
        yield Planned(x0.astype(np.float32), x1[to].astype(np.float32), float(cost), float(paired))
