"""Does the flow repeat what it was shown?"""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.parts import Problem, Wrong
from engine.registry import part


@part
class Memorisation(Metric, frozen=True, tag="memorisation"):
    """Mean distance of generated points to the nearest target point of the round's pairs, over that of fresh ones.

    1 is right: as far from the data as fresh samples of the target. Below it the flow repeats what it was shown, down
    to 0; above it what it makes lies off the data, without bound.
    """

    label = "distance to data"
    symbol = "nearest Z1 / nearest fresh"
    unit = "ratio"
    formula = (
        "E min_i |Z1 - x1_i| / E min_i |X1 - x1_i| over the pairs' x1_i, X1 fresh; 1: as fresh ones, "
        "below: memorised, above: off the data"
    )
    group = "generalisation"
    rank = 112

    def applies(self, problem: Problem) -> bool:
        """A target of finitely many points, which the rows of a file are too, has no fresh ones."""
        return problem.target.points(problem.dim) is None and not problem.coupling.files()

    def said(self, found: Estimate) -> str:
        """Within two standard errors of 1 it is right."""
        if not abs(found.value - 1) > 2 * (found.error or 0.0):
            return "as fresh samples"
        return "memorised" if found.value < 1 else "off the data"

    def of(self, evidence: Evidence) -> Estimate:
        from scipy.spatial import cKDTree

        data = cKDTree(evidence.problem.x1)
        a, b = (mean(data.query(x)[0]) for x in (evidence.generated[1], evidence.target[0]))
        if not b.value > 0:
            raise Wrong(
                "", "fresh samples of the target lie on the data themselves, so nothing can be compared with them"
            )
        ratio = a.value / b.value
        error = float(np.hypot(a.error or 0.0, ratio * (b.error or 0.0))) / b.value
        return Estimate(ratio, error, a.n)
