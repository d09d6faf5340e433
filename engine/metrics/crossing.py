"""Crossing, the floor of the loss."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean, with_error_of
from engine.evidence.metric import Metric
from engine.registry import part


@part
class Crossing(Metric, frozen=True, tag="crossing"):
    """V = int E tr Var(dX | X_t) dt = min_v L(v); the conditional variance is exact where a closed form exists."""

    label = "crossing"
    symbol = "V"
    formula = "∫ E|dX - E[dX | X_t]|² dt"
    group = "crossing"
    brief = True
    rank = 20

    def of(self, evidence: Evidence) -> Estimate:
        return with_error_of(mean(evidence.spreads), evidence.scatter)
