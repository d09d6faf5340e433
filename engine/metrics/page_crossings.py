"""Crossings of the pairs on the page."""

from __future__ import annotations

from engine.evidence.crossings import on_page, share
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.parts import Problem
from engine.registry import part

LINES = 2000


@part
class PageCrossings(Metric, frozen=True, tag="page_crossings"):
    """Share of all pairs of lines X0 -> X1 that intersect on the page, at any times; in the plane alone.

    Almost none of them meet at one time: see ``meetings``.
    """

    label = "page crossings in X"
    symbol = ""
    unit = "share"
    formula = f"share of all pairs among {LINES:,} lines X0 -> X1 that intersect, at any times"
    group = "crossing"
    rank = 24

    def applies(self, problem: Problem) -> bool:
        return problem.dim == 2 and problem.path.straight

    def of(self, evidence: Evidence) -> Estimate:
        a, b = (x[:LINES] for x in (evidence.problem.x0, evidence.problem.x1))
        return share(on_page(a, b, evidence.stop).sum(1))
