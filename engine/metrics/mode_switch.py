"""Particles that too few steps send to another mode."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean_of_blocks
from engine.evidence.metric import Metric
from engine.metrics.euler_error import EulerError
from engine.parts import Problem
from engine.registry import part


@part
class ModeSwitch(Metric, frozen=True, tag="mode_switch"):
    """Share of particles that N Euler steps take to another mode (class) of the target than the accurate solution."""

    label = "other mode by N"
    chart = "Share that ends in another mode"
    symbol = "P[mode Ẑ1 ≠ mode Z1]"
    unit = "share"
    formula = "share of particles whose N Euler steps end in another mode of the target than Z1"
    group = "straightness"
    brief = True
    compared = True
    axis = "N"
    ladder = EulerError.ladder
    rank = 121

    def applies(self, problem: Problem) -> bool:
        """Where the target has at least two classes."""
        labels = problem.target.labels(problem.x1[:256], problem.dim)
        return labels is not None and len(np.unique(labels)) > 1

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        law, dim = evidence.problem.target, evidence.problem.dim
        right, found = (law.labels(z, dim) for z in (evidence.flow.z[-1], evidence.by_euler(int(x))))
        return mean_of_blocks((right != found).astype(float))
