"""W2 by the experiment's own solver."""

from __future__ import annotations

import msgspec

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import rooted
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.registry import part


@part
class SolverW2(Metric, frozen=True, tag="solver_w2"):
    """W2 (not squared) between fresh target points and where the solver on display takes fresh source points."""

    label = "W2 by the solver"
    symbol = "W2(Ẑ1, P1)"
    unit = "length"
    formula = "√ min over assignments of mean |ẑ1 - x1|², ẑ1 by the solver of the experiment, forward"
    group = "fit"
    rests = ("points", "solver")
    rank = 124

    def of(self, evidence: Evidence) -> Estimate:
        solver = msgspec.structs.replace(evidence.solver, direction="forward")
        return rooted(evidence.w2_after(solver))
