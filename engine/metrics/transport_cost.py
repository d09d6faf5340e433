"""The cost after rectification."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean_of_blocks
from engine.evidence.metric import Metric
from engine.registry import part


@part
class TransportCost(Metric, frozen=True, tag="transport_cost"):
    """E|Z1 - Z0|^2."""

    label = "cost after"
    symbol = "E|Z1 - Z0|²"
    formula = "E|Z1 - Z0|²"
    of_map = True
    group = "cost"
    brief = True
    compared = True
    rank = 60

    def of(self, evidence: Evidence) -> Estimate:
        flow = evidence.flow
        return mean_of_blocks(((flow.z[-1] - flow.z[0]) ** 2).sum(-1))
