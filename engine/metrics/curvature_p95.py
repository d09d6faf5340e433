"""M without its tail."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import quantile
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.registry import part


@part
class CurvatureP95(Metric, frozen=True, tag="curvature_p95"):
    """The 95th percentile over particles of sup_t |Z''_t|."""

    label = "curvature 95 %"
    symbol = "95 % of sup |Z''|"
    unit = "length"
    formula = "95th percentile over particles of sup_t |Z''_t|"
    group = "straightness"
    compared = True
    rank = 91

    def of(self, evidence: Evidence) -> Estimate:
        return quantile(evidence.accelerations, 0.95)
