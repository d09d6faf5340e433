"""How far what the flow generates is from the target."""

from __future__ import annotations

import math

from engine.evidence import Evidence, assignment_cost
from engine.parts import Estimate, Metric
from engine.registry import part


@part
class FitW2(Metric, frozen=True, tag="fit_w2"):
    """W2 (not squared) between n generated and n fresh target points, by exact assignment."""

    label = "fit W2"
    symbol = "W2(Z1, P1)"
    unit = "length"
    formula = "√ min over assignments of mean |z1 - x1|²"
    of_map = True
    rank = 100

    def of(self, evidence: Evidence) -> Estimate:
        _, z1 = evidence.generated
        return Estimate(math.sqrt(assignment_cost(z1, evidence.target[0])), None, len(z1))
