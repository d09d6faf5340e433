"""Crossings of the rectified pairs on the line."""

from __future__ import annotations

from engine.evidence.crossings import exchanged, share
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.parts import Problem
from engine.registry import part


@part
class Crossings1DAfter(Metric, frozen=True, tag="crossings_1d_after"):
    """The same share for (Z0, Z1): 0 for every exact flow, which may not change the order of points on a line."""

    label = "crossings in Z"
    symbol = "P[(Z0-Z0')(Z1-Z1') < 0]"
    unit = "share"
    formula = "share of all pairs of particles that change places"
    group = "crossing"
    brief = True
    rank = 23

    def applies(self, problem: Problem) -> bool:
        return problem.dim == 1

    def of(self, evidence: Evidence) -> Estimate:
        z = evidence.flow.z
        return share(exchanged(z[0, :, 0], z[-1, :, 0], evidence.stop))
