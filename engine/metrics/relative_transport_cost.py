"""How far the coupling is from optimal."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.matching.distance import excess
from engine.registry import part


@part
class RelativeTransportCost(Metric, frozen=True, tag="relative_transport_cost"):
    """mean |z1_i - z0_i|^2 minus the optimal assignment's on the same points (arXiv 2209.03003 section 5.1)."""

    label = "cost − optimal"
    symbol = "cost - optimal"
    formula = "mean |z1 - z0|² - min over assignments, same points"
    of_map = True
    group = "cost"
    brief = True
    rank = 80

    def of(self, evidence: Evidence) -> Estimate:
        z0, z1 = evidence.generated
        return Estimate(*excess(z0, z1, evidence.stop), len(z0))
