"""The cost after rectification, for other powers of the distance."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean_of_blocks
from engine.evidence.metric import Metric
from engine.registry import part


@part
class CostP(Metric, frozen=True, tag="cost_p"):
    """E|Z1 - Z0|^p for p = 1 .. 8: rectification lowers every convex cost, up to the fit of v."""

    label = "cost by power p"
    chart = "Transport cost by power p"
    symbol = "E|Z1 - Z0|^p"
    unit = "length^p"
    formula = "E|Z1 - Z0|^p"
    group = "cost"
    compared = True
    axis = "p"
    ladder = (1, 2, 3, 4, 5, 6, 7, 8)
    beside = ("pair_cost_p",)
    rank = 66

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        flow = evidence.flow
        return mean_of_blocks(np.linalg.norm(flow.z[-1] - flow.z[0], axis=-1) ** x)
