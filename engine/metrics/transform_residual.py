"""All affine paths give one coupling: the flow along the curved path against that along the straight one."""

from __future__ import annotations

import math

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import BLOCKS, Evidence
from engine.evidence.metric import Metric
from engine.fields.affine import Affine, Change, Straightened, turns
from engine.fields.field import Array, Field
from engine.motion.flow import ACCURATE, end_points
from engine.parts import Problem
from engine.registry import part
from engine.solvers.dopri5 import Dopri5

PARTICLES = 256
TIGHT = 1e-13  # tolerance of the adaptive solver, for closed forms


@part
class TransformResidual(Metric, frozen=True, tag="transform_residual"):
    """RMS distance between the ends of the same particles: once by v along its own path, once by v made straight.

    Both flows are the same whatever v is, so this is solver error alone: rounding for closed forms, which are solved
    adaptively at ``TIGHT``; the accurate solver's for learned velocities, and for those that are singular at t = 1.
    """

    label = "transform residual"
    symbol = "RMS |Z′1 - Z1|"
    unit = "length"
    formula = "√ E|Z′1 - Z1|², Z by the straight path with v = (v′ - (a′+b′)ω x)/(Wω), x = y/ω, at τ = a ω"
    group = "fit"
    rank = 130

    def applies(self, problem: Problem) -> bool:
        path = problem.path
        return isinstance(path, Affine) and not path.straight and turns(path)

    def of(self, evidence: Evidence) -> Estimate:
        path, v = evidence.problem.path, evidence.field
        start = evidence.start
        start = start.reshape(BLOCKS, -1, start.shape[1])[:, : PARTICLES // BLOCKS].reshape(-1, start.shape[1])
        along = Later(Straightened(path, v))
        first, last = Change.at(path, 0.0), Change.at(path, 1.0)
        if v.closed and not v.singular:
            solver = Dopri5(steps=4, tolerance=TIGHT)
            ends = [evidence.end_points(start, solver), end_points(along, first.omega * start, solver, evidence.stop)]
        else:
            ends = [evidence.end_points(start), end_points(along, first.omega * start, ACCURATE, evidence.stop)]
        away = ends[0] - ends[1] / last.omega
        return Estimate(math.sqrt(float((away**2).sum(1).mean())), None, len(start))


class Later(Field):
    """A straightened field from its first time on, which is above 0 for a path that starts off its source."""

    def __init__(self, field: Straightened) -> None:
        self._field, self._first = field, field.first
        self.singular, self.rough, self.enter = field.singular, field.rough, field.enter

    def __call__(self, x: Array, s: Array) -> Array:
        left = 1 - self._first
        return left * self._field(x, self._first + left * s)
