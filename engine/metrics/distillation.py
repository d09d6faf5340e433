"""How far a one-step map is from the pairs that it was fitted on."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.evidence.metric import Metric
from engine.fields.field import evaluate
from engine.parts import Problem
from engine.registry import part


@part
class Distillation(Metric, frozen=True, tag="distillation"):
    """Mean |T(Z0) - Z1|² over the round's pairs, of the one-step map T(z0) = z0 + v(z0, 0)."""

    label = "distillation error"
    symbol = "E|T(Z0) - Z1|²"
    formula = "E|T(Z0) - Z1|², T(z0) = z0 + v(z0, 0), over the pairs of the round"
    group = "fit"
    of_map = True
    rank = 15

    def applies(self, problem: Problem) -> bool:
        return problem.one_step

    def of(self, evidence: Evidence) -> Estimate:
        x0, x1 = evidence.pairs
        return mean(((x0 + evaluate(evidence.field, x0, 0.0) - x1) ** 2).sum(1))
