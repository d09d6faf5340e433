"""Crossings of the rectified pairs on the page."""

from __future__ import annotations

from engine.evidence.crossings import on_page, share
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.metrics.page_crossings import LINES
from engine.parts import Problem
from engine.registry import part


@part
class PageCrossingsAfter(Metric, frozen=True, tag="page_crossings_after"):
    """The same share for the straight lines Z0 -> Z1, the pairs of the next round."""

    label = "page crossings in Z"
    symbol = ""
    unit = "share"
    formula = f"share of all pairs among {LINES:,} lines Z0 -> Z1 that intersect, at any times"
    group = "crossing"
    rank = 25

    def applies(self, problem: Problem) -> bool:
        return problem.dim == 2

    def of(self, evidence: Evidence) -> Estimate:
        z0, z1 = (z[:LINES] for z in evidence.generated)
        return share(on_page(z0, z1, evidence.stop).sum(1))
