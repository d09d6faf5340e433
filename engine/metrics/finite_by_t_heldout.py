"""What the closed form for the training points does on others."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.metrics.finite_by_t import POINTS, FiniteByT, has_data_form, loss
from engine.parts import Problem
from engine.registry import part


@part
class FiniteByTHeldOut(Metric, frozen=True, tag="finite_by_t_heldout"):
    """The same over fresh pairs: it grows like 1/(1-t)^2 towards t = 1, where a net's does not."""

    label = "same, held out"
    symbol = "E|dX - v_data(X_t, t)|² on fresh pairs"
    formula = f"E|dX - v(X_t, t)|² of the closed form for {POINTS:,} of the data, over fresh pairs"
    group = "generalisation"
    axis = "t"
    ladder = FiniteByT.ladder
    rank = 133

    def applies(self, problem: Problem) -> bool:
        return has_data_form(problem)

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        return loss(evidence, evidence.held_out, x)
