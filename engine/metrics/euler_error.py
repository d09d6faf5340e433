"""What Euler's method costs."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import root_mean
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.registry import part
from engine.spec import STEPS


@part
class EulerError(Metric, frozen=True, tag="euler_error"):
    """Root mean square of Zhat_1^N - Z_1 for N Euler steps, against the accurate solution of the same particles."""

    label = "Euler error by N"
    chart = "Error of N Euler steps"
    symbol = "RMS |Ẑ1 - Z1|"
    unit = "length"
    formula = "√ E|Ẑ1 with N Euler steps - Z1|²"
    group = "straightness"
    brief = True
    axis = "N"
    compared = True
    ladder = STEPS
    rank = 120

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        return root_mean(((evidence.by_euler(int(x)) - evidence.flow.z[-1]) ** 2).sum(1))
