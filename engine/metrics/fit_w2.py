"""How far what the flow generates is from the target."""

from __future__ import annotations

import math

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import repeated
from engine.evidence.evidence import Evidence, assignment_costs
from engine.evidence.metric import Metric
from engine.registry import part


@part
class FitW2(Metric, frozen=True, tag="fit_w2"):
    """W2 (not squared) between n generated and n fresh target points, by exact assignment; mean of several draws."""

    label = "fit W2"
    symbol = "W2(Z1, P1)"
    unit = "length"
    formula = "√ min over assignments of mean |z1 - x1|², mean of 8 draws (6 above 1,024 points, 4 above 2,048)"
    of_map = True
    group = "fit"
    brief = True
    rank = 100

    def of(self, evidence: Evidence) -> Estimate:
        clouds = zip(evidence.generated_clouds(), evidence.targets(), strict=False)
        return repeated(map(math.sqrt, assignment_costs(list(clouds), evidence.stop)), evidence.cloud)
