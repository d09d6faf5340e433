"""How far v is from v*."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.registry import part


@part
class FitGap(Metric, frozen=True, tag="fit_gap"):
    """L(v) - V = int E|v - v*|^2 dt: directly where v* is known, else from a regression on what v leaves of dX.

    What varies faster than over some 48 of its pairs, at least 2,048, is not seen by that regression.
    """

    label = "fit gap"
    symbol = "L(v) - V"
    formula = "∫ E|v(X_t, t) - v*(X_t, t)|² dt"
    group = "fit"
    brief = True
    rank = 30

    def of(self, evidence: Evidence) -> Estimate:
        if evidence.gaps is not None:
            return mean(evidence.gaps)
        return evidence.gap_of_regression if evidence.field.rough else evidence.gap
