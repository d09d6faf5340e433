"""The loss on pairs that were not trained on."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, fresh_pairs, mean
from engine.evidence.metric import Metric
from engine.parts import Problem
from engine.registry import part


@part
class LossHeldOut(Metric, frozen=True, tag="loss_heldout"):
    """L(v) over fresh pairs, drawn as those of the first round were."""

    label = "loss, held out"
    symbol = "L(v) on fresh pairs"
    formula = "∫ E|dX - v(X_t, t)|² dt, over fresh pairs"
    group = "generalisation"
    rank = 12

    def applies(self, problem: Problem) -> bool:
        return fresh_pairs(problem)

    def of(self, evidence: Evidence) -> Estimate:
        return mean(evidence.residuals_held_out)
