"""The loss."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.registry import part


@part
class Loss(Metric, frozen=True, tag="loss"):
    """L(v) = int E|dX - v(X_t, t)|^2 dt, summed over coordinates."""

    label = "loss"
    symbol = "L(v)"
    formula = "∫ E|dX - v(X_t, t)|² dt, over pairs of the round itself"
    group = "fit"
    brief = True
    rank = 10

    def of(self, evidence: Evidence) -> Estimate:
        return mean(evidence.residuals)
