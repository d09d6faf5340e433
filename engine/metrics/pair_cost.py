"""The cost before rectification."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.registry import part


@part
class PairCost(Metric, frozen=True, tag="pair_cost"):
    """E|X1 - X0|^2 over all pairs of the round."""

    label = "cost before"
    symbol = "E|X1 - X0|²"
    formula = "E|X1 - X0|²"
    of_map = True
    group = "cost"
    brief = True
    rank = 50

    def of(self, evidence: Evidence) -> Estimate:
        return mean(((evidence.problem.x1 - evidence.problem.x0) ** 2).sum(1))
