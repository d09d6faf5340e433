"""What the marginal gap shows even for the exact velocity."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.metrics.marginal_gap import CLOUDS, MarginalGap, between, clouds, enough
from engine.parts import Problem
from engine.registry import part


@part
class MarginalGapNull(Metric, frozen=True, tag="marginal_gap_null"):
    """The same distance between two independent samples of X_t, of the same size: the floor of the marginal gap."""

    label = "marginal gap floor"
    symbol = "SW2(X_t, X_t)"
    unit = "length"
    formula = f"the same between two samples of X_t, mean of {CLOUDS}"
    group = "fit"
    brief = True
    axis = "t"
    ladder = MarginalGap.ladder
    rank = 105

    def applies(self, problem: Problem) -> bool:
        return enough(problem)

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        xt, size = clouds(evidence, x)
        return between(xt[: CLOUDS * size], xt[CLOUDS * size :], size)
