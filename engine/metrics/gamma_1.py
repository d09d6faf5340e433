"""The mean square of the acceleration."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import BLOCKS, Evidence, mean_of_blocks, stretches
from engine.evidence.metric import Metric
from engine.fields.field import evaluate
from engine.motion.stopping import Stopped
from engine.registry import part

PARTICLES = 64  # of each block
MOST = 256  # evaluations of v beyond the nodes of the flow
CLOSE = 1e-3  # of the whole: a stretch whose halving changes less is not halved again


@part
class Gamma1(Metric, frozen=True, tag="gamma_1"):
    """gamma_1 = int E|d/dt v(Z_t, t)|^2 dt, the total derivative along the trajectory (arXiv 2410.14949)."""

    label = "acceleration, mean square"
    symbol = "γ₁"
    formula = "∫ E|d/dt v(Z_t, t)|² dt = ∫ E|Z''_t|² dt"
    group = "straightness"
    compared = True
    rank = 93

    def of(self, evidence: Evidence) -> Estimate:
        return mean_of_blocks(_squares(evidence))


def _squares(evidence: Evidence) -> np.ndarray:
    """int |Z''|^2 dt of some particles of each block, (n,).

    Over a stretch h the integral is |Δv|²/h up to O(h²), which one halving removes; stretches are halved where
    that changes the whole. Between nodes Z is the cubic through both ends with their velocities. Raises Stopped.
    """
    flow = evidence.flow
    size = len(evidence.start) // BLOCKS
    some = np.arange(len(evidence.start)).reshape(BLOCKS, size)[:, :PARTICLES].ravel()
    z, v, times = flow.z[:, some], flow.v[:, some], flow.times
    fixed = evidence.field.rough  # too rough to be looked at closer
    if fixed:
        kept = stretches(times)
        z, v, times = z[kept], v[kept], times[kept]
    last = evidence.field.singular  # at t = 1 there is no velocity to look at
    open_stretches = [
        (times[k], times[k + 1], z[k], z[k + 1], v[k], v[k + 1], k == len(times) - 2 and last)
        for k in range(len(times) - 1)
    ]
    whole = sum(((b[5] - b[4]) ** 2).sum(1).mean() / (b[1] - b[0]) for b in open_stretches) or 1.0
    total, left = np.zeros(len(some)), MOST
    while open_stretches:
        a, b, za, zb, va, vb, end = open_stretches.pop(0)
        h = b - a
        one = ((vb - va) ** 2).sum(1) / h
        if fixed or end or left <= 0:
            total += one
            continue
        if evidence.stop():
            raise Stopped
        left -= 1
        middle = (a + b) / 2
        zm = (za + zb) / 2 + h / 8 * (va - vb)
        vm = evaluate(evidence.field, zm, middle)
        two = (((vm - va) ** 2).sum(1) + ((vb - vm) ** 2).sum(1)) * 2 / h
        if (two - one).mean() > CLOSE * whole:
            open_stretches += [(a, middle, za, zm, va, vm, False), (middle, b, zm, zb, vm, vb, False)]
        else:
            total += (4 * two - one) / 3
    return total
