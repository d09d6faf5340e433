"""The cost before rectification, for other powers of the distance."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.metrics.cost_p import CostP
from engine.registry import part


@part
class PairCostP(Metric, frozen=True, tag="pair_cost_p"):
    """E|X1 - X0|^p over all pairs of the round, p = 1 .. 8."""

    label = "cost before by p"
    symbol = "E|X1 - X0|^p"
    unit = "length^p"
    formula = "E|X1 - X0|^p"
    group = "cost"
    axis = "p"
    ladder = CostP.ladder
    rank = 65

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        return mean(np.linalg.norm(evidence.problem.x1 - evidence.problem.x0, axis=-1) ** x)
