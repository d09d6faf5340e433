"""The loss by time on pairs that were not trained on."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, fresh_pairs, mean
from engine.evidence.metric import Metric
from engine.metrics.loss_by_t import TIMES
from engine.parts import Problem
from engine.registry import part


@part
class LossByTHeldOut(Metric, frozen=True, tag="loss_by_t_heldout"):
    """E|dX - v(X_t, t)|^2 at single times, over fresh pairs."""

    label = "held out"
    symbol = "E|dX - v(X_t, t)|² on fresh pairs"
    formula = "E|dX - v(X_t, t)|² over fresh pairs"
    group = "generalisation"
    axis = "t"
    ladder = TIMES
    rank = 131

    def applies(self, problem: Problem) -> bool:
        return fresh_pairs(problem)

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        return mean(evidence.squares(evidence.field, *evidence.between(evidence.held_out, x), x))
