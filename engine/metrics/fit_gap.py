"""How far v is from v*."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean, with_error_of
from engine.evidence.metric import Metric
from engine.registry import part


@part
class FitGap(Metric, frozen=True, tag="fit_gap"):
    """L(v) - V = int E|v - v*|^2 dt: directly where v* is known, else the difference of the two estimates.

    A regression on the pairs then leaves out the pair that it is asked about.
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
        difference = mean(evidence.residuals_unseen - evidence.spreads)
        return with_error_of(difference, evidence.residuals_unseen - evidence.scatter)
