"""What W2 between samples of this size shows even for a perfect flow."""

from __future__ import annotations

import math

from engine.evidence import Evidence, assignment_cost
from engine.parts import Estimate, Metric
from engine.registry import part


@part
class FitW2Floor(Metric, frozen=True, tag="fit_w2_floor"):
    """W2 between two fresh target samples of the same size: the floor of the fit W2."""

    label = "fit W2 floor"
    symbol = "W2(P1, P1)"
    unit = "length"
    formula = "the same between two fresh samples of the target"
    of_map = True
    rank = 110

    def of(self, evidence: Evidence) -> Estimate:
        return Estimate(math.sqrt(assignment_cost(*evidence.target)), None, len(evidence.target[0]))
