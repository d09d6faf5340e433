"""Trajectories that meet."""

from __future__ import annotations

from engine.evidence.crossings import NEARBY, meeting, share, spread
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.parts import Problem
from engine.registry import part

LINES, STRIDE = 500, 4  # trajectories, and of 65 times every so-manieth


@part
class MeetingsAfter(Metric, frozen=True, tag="meetings_after"):
    """The same for trajectories Z_t of the flow, straight between 17 times: particles of an exact flow never meet."""

    label = "meetings in Z"
    symbol = ""
    unit = "share"
    formula = f"share of all pairs among {LINES} trajectories: min_t |Z_t - Z_t'| < r = 1 % of the spread"
    group = "crossing"
    brief = True
    rank = 27

    def applies(self, problem: Problem) -> bool:
        return problem.dim > 1

    def of(self, evidence: Evidence) -> Estimate:
        _, z = evidence.generated_flow
        z = z[::STRIDE, :LINES] if (len(z) - 1) % STRIDE == 0 else z[:, :LINES]
        return share(meeting(z, NEARBY * spread(z[0], z[-1]), evidence.stop).sum(1))
