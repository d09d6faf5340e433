"""How far the map of a flow is from the optimal one, where that is known."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean_of_blocks
from engine.evidence.metric import Metric
from engine.fields.displacement import optimal
from engine.laws.mixture import Mixture
from engine.parts import Problem, Wrong
from engine.registry import part


@part
class MapError(Metric, frozen=True, tag="map_error"):
    """E|Z1 - grad phi(Z0)|² / tr Var X1, which benchmarks of optimal maps call L2-UVP (arXiv 2106.01954): 0 where the
    flow's map is the optimal one, 1 of the map that takes all to the mean."""

    label = "distance to optimal map"
    symbol = "L2-UVP"
    unit = "share"
    formula = "E|Z1 - ∇φ(Z0)|² / tr Var X1"
    of_map = True
    group = "cost"
    compared = True
    rank = 81

    def applies(self, problem: Problem) -> bool:
        try:
            optimal(problem)
        except Wrong:
            return False
        return (law := problem.target.mixture(problem.dim)) is None or _total(law) > 0

    def of(self, evidence: Evidence) -> Estimate:
        z0 = evidence.start
        apart = mean_of_blocks(((evidence.end_points(z0) - optimal(evidence.problem).map(z0)) ** 2).sum(1))
        law = evidence.problem.target.mixture(evidence.problem.dim)
        whole = _total(law) if law is not None else float(evidence.target[0].var(0).sum())
        return Estimate(apart.value / whole, (apart.error or 0.0) / whole, apart.n)


def _total(law: Mixture) -> float:
    """tr Var X1."""
    apart = ((law.means - law.weights @ law.means) ** 2).sum(1)
    return float(law.weights @ (apart + np.trace(law.covariances, axis1=1, axis2=2)))
