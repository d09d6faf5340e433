"""How far trajectories are from straight lines at constant speed."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean_of_blocks
from engine.evidence.metric import Metric
from engine.registry import part


@part
class Straightness(Metric, frozen=True, tag="straightness"):
    """S = int E|v(Z_t, t)|^2 dt - E|Z1 - Z0|^2, computed as int E|(Z1 - Z0) - v(Z_t, t)|^2 dt: never negative."""

    label = "straightness"
    symbol = "S"
    formula = "∫ E|(Z1 - Z0) - v(Z_t, t)|² dt"
    group = "straightness"
    brief = True
    compared = True
    rank = 40

    def of(self, evidence: Evidence) -> Estimate:
        flow = evidence.flow
        return mean_of_blocks(flow.integral(((flow.z[-1] - flow.z[0] - flow.v) ** 2).sum(-1)))
