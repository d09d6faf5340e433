"""Trajectories that meet."""

from __future__ import annotations

import numpy as np

from engine.evidence.crossings import NEARBY, meeting, share, spread
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.parts import Problem
from engine.registry import part

LINES, TIMES = 500, 65  # trajectories, and most times of each


@part
class MeetingsAfter(Metric, frozen=True, tag="meetings_after"):
    """The same for trajectories Z_t of the flow, straight between its times: those of an exact flow never meet."""

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
        kept = np.unique(np.linspace(0, len(z) - 1, TIMES).round().astype(int))
        z = z[kept, :LINES]
        return share(meeting(z, NEARBY * spread(z[0], z[-1]), evidence.stop).sum(1))
