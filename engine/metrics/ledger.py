"""Where the cost went."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean, mean_of_blocks
from engine.evidence.metric import Metric
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
        problem, flow = evidence.problem, evidence.flow
        before = ((problem.x1 - problem.x0) ** 2).sum(1)
        way = flow.z[-1] - flow.z[0]
        after = mean_of_blocks((way**2).sum(-1) + flow.integral(((way - flow.v) ** 2).sum(-1)))
        scale = max(float(before.mean()), 1e-9 * float((problem.x0**2).sum(1).mean()))  # pairs at rest cost nothing
        if not scale > 0:
            raise Wrong("", "the pairs do not move, so there is no cost to account for")
        rest = before.mean() - evidence.spreads.mean() - after.value
        error = np.hypot(mean(before - evidence.scatter).error or 0.0, after.error or 0.0)  # V is of the same pairs
        return Estimate(float(rest / scale), float(error / scale), after.n)
