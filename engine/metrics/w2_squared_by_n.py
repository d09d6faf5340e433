"""Squared W2 after N Euler steps."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.metrics.euler_error import EulerError
from engine.registry import part
from engine.solvers.euler import Euler


@part
class W2SquaredByN(Metric, frozen=True, tag="w2_squared_by_n"):
    """W2² between where N Euler steps take fresh source points and as many fresh target points, by exact assignment.

    Some papers print it under the name W2.
    """

    label = "W2² after N steps"
    chart = "Squared distance after N steps"
    symbol = "W2²(Ẑ1, P1)"
    formula = "min over assignments of mean |ẑ1 - x1|², ẑ1 by N Euler steps from fresh points"
    group = "fit"
    axis = "N"
    ladder = EulerError.ladder
    rests = ("points",)
    compared = True
    rank = 123

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        return evidence.w2_after(Euler(steps=int(x)))
