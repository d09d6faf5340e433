"""Does the flow repeat what it was shown?"""

from __future__ import annotations

import math

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.parts import Problem
from engine.registry import part


@part
class Memorisation(Metric, frozen=True, tag="memorisation"):
    """Mean distance of generated points to the nearest target point of the round's pairs, over that of fresh ones.

    1 for fresh samples of the target, 0 for a flow that reproduces its data.
    """

    label = "distance to data"
    symbol = "nearest Z1 / nearest fresh"
    unit = "share"
    formula = "E min_i |Z1 - x1_i| / E min_i |X1 - x1_i| over the pairs' x1_i, X1 fresh; 0 repeats the data, 1 is new"
    group = "generalisation"
    lower_is_better = False
    rank = 112

    def applies(self, problem: Problem) -> bool:
        """A target of finitely many points, which the rows of a file are too, has no fresh ones."""
        return problem.target.points(problem.dim) is None and not problem.coupling.files()

    def of(self, evidence: Evidence) -> Estimate:
        from scipy.spatial import cKDTree

        data = cKDTree(evidence.problem.x1)
        a, b = (mean(data.query(x)[0]) for x in (evidence.generated[1], evidence.target[0]))
        ratio = a.value / b.value if b.value > 0 else math.nan
        error = float(np.hypot(a.error or 0.0, ratio * (b.error or 0.0))) / b.value if b.value > 0 else None
        return Estimate(ratio, error, a.n)
