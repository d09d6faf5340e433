"""How far what the flow generates is from the target."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import over_blocks, w2
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.registry import part


@part
class FitW2(Metric, frozen=True, tag="fit_w2"):
    """W2 (not squared) between n generated and n fresh target points, by exact assignment."""

    label = "fit W2"
    symbol = "W2(Z1, P1)"
    unit = "length"
    formula = "√ min over assignments of mean |z1 - x1|²"
    of_map = True
    group = "fit"
    brief = True
    rank = 100

    def of(self, evidence: Evidence) -> Estimate:
        (_, z1), x1 = evidence.generated, evidence.target[0]
        return Estimate(w2(z1, x1), over_blocks(w2, z1, x1, stop=evidence.stop), len(z1))
