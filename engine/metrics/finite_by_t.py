"""The loss by time of the closed form for the training points themselves."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.fields.closed import FiniteField
from engine.metrics.loss_by_t import TIMES
from engine.parts import Problem
from engine.registry import part

POINTS = 1024  # target points of the pairs that the closed form is of: a softmax over all of them
PAIRS = 512  # that it is tried on


@part
class FiniteByT(Metric, frozen=True, tag="finite_by_t"):
    """The same loss of the closed form for 1,024 target points of the pairs, over pairs that end in them.

    It is the best that can be had on these points; what it does on fresh ones stands beside it.
    """

    label = "data form"
    symbol = "E|dX - v_data(X_t, t)|²"
    formula = f"E|dX - v(X_t, t)|² of the closed form for {POINTS:,} of the data, over pairs that end in them"
    group = "generalisation"
    axis = "t"
    ladder = TIMES
    rank = 132

    def applies(self, problem: Problem) -> bool:
        return has_data_form(problem)

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        return loss(evidence, (evidence.problem.x0[:POINTS], evidence.problem.x1[:POINTS]), x)


def has_data_form(problem: Problem) -> bool:
    """Whether the finite-data closed form is known, and its points are not the whole target. No flow spreads a source
    that is flat in some direction."""
    p = problem.source.mixture(problem.dim)
    product = problem.round == 1 and problem.coupling.independent and problem.path.straight
    return product and p is not None and not p.flat.any() and problem.target.points(problem.dim) is None


def loss(evidence: Evidence, pairs: tuple[np.ndarray, np.ndarray], t: float) -> Estimate:
    problem = evidence.problem
    v = FiniteField(problem.source.mixture(problem.dim), np.asarray(problem.x1[:POINTS], float))
    some = min(PAIRS, evidence.samples)
    return mean(evidence.squares(v, *problem.path.at(pairs[0][:some], pairs[1][:some], t), t))
