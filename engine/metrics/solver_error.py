"""What the experiment's own solver costs."""

from __future__ import annotations

import msgspec

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import root_mean
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.motion.flow import end_points
from engine.registry import part


@part
class SolverError(Metric, frozen=True, tag="solver_error"):
    """Root mean square of Zhat_1 - Z_1 by the solver on display, forward, against the accurate solution."""

    label = "error of the solver"
    symbol = "RMS |Ẑ1 - Z1|"
    unit = "length"
    formula = "√ E|Ẑ1 by the solver of the experiment, forward - Z1|²"
    group = "straightness"
    rests = ("solver",)
    rank = 119

    def of(self, evidence: Evidence) -> Estimate:
        solver = msgspec.structs.replace(evidence.solver, direction="forward")
        ends = end_points(evidence.field, evidence.start, solver, evidence.stop, evidence.problem.path)
        return root_mean(((ends - evidence.flow.z[-1]) ** 2).sum(1))
