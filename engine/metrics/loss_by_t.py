"""The loss by time."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.registry import part

TIMES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


@part
class LossByT(Metric, frozen=True, tag="loss_by_t"):
    """E|dX - v(X_t, t)|^2 at single times, over pairs of the round itself."""

    label = "loss by t"
    chart = "Loss at each time t"
    symbol = "E|dX - v(X_t, t)|²"
    formula = "E|dX - v(X_t, t)|² over pairs of the round itself"
    group = "generalisation"
    compared = True
    axis = "t"
    ladder = TIMES
    beside = ("loss_by_t_heldout", "finite_by_t", "finite_by_t_heldout")
    rank = 130

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        return mean(evidence.squares(evidence.field, *evidence.between(evidence.pairs, x), x))
