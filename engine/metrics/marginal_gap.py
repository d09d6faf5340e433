"""Are the marginals preserved?"""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import sliced_w2
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.parts import Problem
from engine.registry import part

CLOUDS = 8  # independent clouds behind each figure


@part
class MarginalGap(Metric, frozen=True, tag="marginal_gap"):
    """Sliced W2 between equal samples of X_t and Z_t, mean of 8: zero but for sampling where v is exact.

    The root of the mean of W2^2 over evenly spread directions; in 1-D W2 itself, for a shift by s |s|/sqrt(d).
    """

    label = "marginal gap by t"
    symbol = "SW2(Z_t, X_t)"
    unit = "length"
    formula = f"sliced W2 between samples of Z_t and of X_t, mean of {CLOUDS}"
    group = "fit"
    brief = True
    axis = "t"
    ladder = (0.125, 0.25, 0.5, 0.75, 0.875, 1.0)  # nodes of the accurate solver
    beside = ("marginal_gap_null",)
    rank = 104

    def applies(self, problem: Problem) -> bool:
        return enough(problem)

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        times, z = evidence.generated_flow
        xt, size = clouds(evidence, x)
        return between(z[int(np.abs(times - x).argmin())], xt[: CLOUDS * size], size)


def enough(problem: Problem) -> bool:
    """Whether there are two points for each cloud of X_t, one of them for the floor."""
    return len(problem.x0) >= 2 * CLOUDS


def clouds(evidence: Evidence, t: float) -> tuple[np.ndarray, int]:
    """X_t of twice as many pairs as are compared, where there are so many; and the points of one cloud."""
    x0, x1 = evidence.problem.x0, evidence.problem.x1
    size = max(1, min(evidence.cloud, len(x0) // 2) // CLOUDS)
    xt, _ = evidence.between((x0[: 2 * CLOUDS * size], x1[: 2 * CLOUDS * size]), t)
    return xt, size


def between(a: np.ndarray, b: np.ndarray, size: int) -> Estimate:
    """Mean distance between clouds of ``size`` points each."""
    parts = [slice(k * size, (k + 1) * size) for k in range(CLOUDS)]
    found = mean(np.array([sliced_w2(a[part], b[part]) for part in parts]))
    return Estimate(found.value, found.error, size)
