"""How far the coupling is from optimal."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import over_blocks
from engine.evidence.evidence import Evidence, assignment_cost
from engine.evidence.metric import Metric
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
        return Estimate(_excess(z0, z1), over_blocks(_excess, z0, z1, stop=evidence.stop), len(z0))


def _excess(z0: np.ndarray, z1: np.ndarray) -> float:
    return float(((z1 - z0) ** 2).sum(1).mean()) - assignment_cost(z0, z1)
