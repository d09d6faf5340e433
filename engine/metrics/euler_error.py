"""What Euler's method costs."""

from __future__ import annotations

import numpy as np

from engine.evidence import BLOCKS, Evidence
from engine.parts import Estimate, Metric
from engine.registry import part
from engine.solvers.euler import Euler


@part
class EulerError(Metric, frozen=True, tag="euler_error"):
    """Root mean square of Zhat_1^N - Z_1 for N Euler steps, against the accurate solution of the same particles."""

    label = "Euler error by N"
    symbol = "RMS |Ẑ1 - Z1|"
    unit = "length"
    formula = "√ E|Ẑ1 with N Euler steps - Z1|²"
    axis = "N"
    ladder = (1, 2, 3, 4, 5, 8, 16, 32, 64)  # odd N stride over t = 1/2, where modes cross, and even ones do not
    rank = 120

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        squares = ((evidence.end_points(evidence.start, Euler(steps=int(x))) - evidence.flow.z[-1]) ** 2).sum(1)
        blocks = np.sqrt(squares[: len(squares) // BLOCKS * BLOCKS].reshape(BLOCKS, -1).mean(1))
        return Estimate(float(np.sqrt(squares.mean())), float(blocks.std(ddof=1) / np.sqrt(BLOCKS)), len(squares))
