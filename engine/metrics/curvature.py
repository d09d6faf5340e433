"""The tutorial's M."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import largest
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.registry import part


@part
class Curvature(Metric, frozen=True, tag="curvature"):
    """M = sup_t |Z''_t|, the largest over particles."""

    label = "curvature"
    symbol = "M"
    unit = "length"
    formula = "sup_t |Z''_t|, largest over particles"
    group = "straightness"
    compared = True
    rank = 90

    def of(self, evidence: Evidence) -> Estimate:
        return largest(evidence.accelerations)
