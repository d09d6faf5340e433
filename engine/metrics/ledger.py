"""Where the cost went."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.metrics.crossing import Crossing
from engine.metrics.pair_cost import PairCost
from engine.metrics.straightness import Straightness
from engine.metrics.transport_cost import TransportCost
from engine.parts import Problem, Wrong
from engine.registry import part


@part
class Ledger(Metric, frozen=True, tag="ledger"):
    """What is left of E|X1-X0|^2 = E|Z1-Z0|^2 + S + V (arXiv 2209.03003 eq. 13), as a share of E|X1-X0|^2.

    Zero for the exact v; for a learned one it shows how far the net is from v*.
    """

    label = "ledger rest"
    symbol = "1 - (cost after + S + V) / cost before"
    unit = "share"
    formula = "(E|X1-X0|² - E|Z1-Z0|² - S - V) / E|X1-X0|²"
    group = "cost"
    rank = 70

    def applies(self, problem: Problem) -> bool:
        """The balance is that of straight paths."""
        return problem.path.straight

    def of(self, evidence: Evidence) -> Estimate:
        before = PairCost().of(evidence)
        after = [metric.of(evidence) for metric in (TransportCost(), Straightness(), Crossing())]
        scale = max(before.value, 1e-9 * float((evidence.problem.x0**2).sum(1).mean()))  # pairs at rest cost nothing
        if not scale > 0:
            raise Wrong("", "the pairs do not move, so there is no cost to account for")
        errors = [e.error or 0.0 for e in (before, *after)]
        rest = before.value - sum(e.value for e in after)
        return Estimate(rest / scale, float(np.linalg.norm(errors)) / scale, after[0].n)
