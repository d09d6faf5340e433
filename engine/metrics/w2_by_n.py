"""W2 after N Euler steps."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import rooted
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.metrics.euler_error import EulerError
from engine.registry import part
from engine.solvers.euler import Euler


@part
class W2ByN(Metric, frozen=True, tag="w2_by_n"):
    """W2 (not squared) between where N Euler steps take fresh source points and as many fresh target points."""

    label = "W2 after N steps"
    chart = "Distance to the target after N steps"
    symbol = "W2(Ẑ1, P1)"
    unit = "length"
    formula = "√ min over assignments of mean |ẑ1 - x1|², ẑ1 by N Euler steps from fresh points"
    group = "fit"
    axis = "N"
    ladder = EulerError.ladder
    rests = ("points",)
    compared = True
    rank = 122

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        return rooted(evidence.w2_after(Euler(steps=int(x))))
