"""The tutorial's M."""

from __future__ import annotations

import numpy as np

from engine.evidence import Evidence
from engine.parts import Estimate, Metric
from engine.registry import part


def accelerations(evidence: Evidence) -> np.ndarray:
    """sup_t |Z''_t| of each particle, by central differences of v along the trajectory."""
    flow = evidence.flow
    return np.linalg.norm(np.gradient(flow.v, flow.times, axis=0), axis=-1).max(0)


@part
class Curvature(Metric, frozen=True, tag="curvature"):
    """M = sup_t |Z''_t|, the largest over particles."""

    label = "curvature"
    symbol = "M"
    unit = "length"
    formula = "sup_t |Z''_t|, largest over particles"
    compared = True
    rank = 90

    def of(self, evidence: Evidence) -> Estimate:
        return Estimate(float(accelerations(evidence).max()), None, len(evidence.start))
