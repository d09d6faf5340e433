"""Lines that meet: at one place at one time."""

from __future__ import annotations

import numpy as np

from engine.evidence.crossings import NEARBY, meeting, share, spread
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.metrics.page_crossings import LINES
from engine.parts import Problem
from engine.registry import part


@part
class Meetings(Metric, frozen=True, tag="meetings"):
    """Share of all pairs of lines that come within r of each other at one t, and are further apart at both ends.

    r is 1 % of the spread, the root of the mean of E|X0 - E X0|^2 and E|X1 - E X1|^2.
    """

    label = "meetings in X"
    symbol = ""
    unit = "share"
    formula = (
        f"share of all pairs among {LINES:,} lines: min_t |X_t - X_t'| < r, not at the ends; r = 1 % of the spread"
    )
    group = "crossing"
    brief = True
    rank = 26

    def applies(self, problem: Problem) -> bool:
        return problem.dim > 1 and problem.path.straight

    def of(self, evidence: Evidence) -> Estimate:
        lines = np.stack([evidence.problem.x0[:LINES], evidence.problem.x1[:LINES]])
        return share(meeting(lines, NEARBY * spread(*lines), evidence.stop).sum(1))
