"""Crossings of the pairs on the line."""

from __future__ import annotations

from engine.evidence.crossings import exchanged, share
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.parts import Problem
from engine.registry import part

MOST = 131_072  # pairs: half a second


@part
class Crossings1D(Metric, frozen=True, tag="crossings_1d"):
    """Share of pairs (X0, X1), (X0', X1') with (X0-X0')(X1-X1') < 0 = (1 - Kendall's tau)/2; counted over all pairs."""

    label = "crossings in X"
    symbol = "P[(X0-X0')(X1-X1') < 0]"
    unit = "share"
    formula = "share of all pairs of lines that change places; independent: 1/2"
    group = "crossing"
    brief = True
    rank = 22

    def applies(self, problem: Problem) -> bool:
        """Straight lines change places where they cross; curved ones may cross twice."""
        return problem.dim == 1 and problem.path.straight

    def of(self, evidence: Evidence) -> Estimate:
        x0, x1 = evidence.problem.x0[:MOST, 0], evidence.problem.x1[:MOST, 0]
        return share(exchanged(x0, x1, evidence.stop))
