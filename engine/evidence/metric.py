"""What a metric is: one figure of one round, or one for each rung of a ladder."""

from __future__ import annotations

from typing import ClassVar

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.parts import Part, Problem


class Metric(Part):
    """One figure of one round."""

    family = "metrics"

    label: ClassVar[str] = ""
    chart: ClassVar[str] = ""  # over its chart, in words; else the label
    symbol: ClassVar[str] = ""
    unit: ClassVar[str] = "length²"
    formula: ClassVar[str] = ""
    group: ClassVar[str] = ""  # crossing, straightness, cost, fit or generalisation: where tables put it
    brief: ClassVar[bool] = False  # in the short table too
    compared: ClassVar[bool] = False  # also computed for the closed form, to stand beside the learned figure
    of_map: ClassVar[bool] = False  # means something for a one-step map Z0 -> Z1, too, which has no flow
    ladder: ClassVar[tuple[float, ...]] = ()  # rungs, ascending, for a metric that has one figure for each
    axis: ClassVar[str] = ""  # what the rungs are: N (Euler steps, ``measure.ladder`` if given), p (power), t (time)
    rests: ClassVar[tuple[str, ...]] = ()  # on what else than the samples: "points" of ``measure``, the "solver"
    beside: ClassVar[tuple[str, ...]] = ()  # kinds of the same ladder to draw in the same chart

    def applies(self, problem: Problem) -> bool:
        """Whether the figure means anything for this problem; it is left out elsewhere."""
        return True

    @classmethod
    def rungs(cls, steps: tuple[int, ...] = ()) -> tuple[float, ...]:
        """Its ladder, where another one over N may be asked for."""
        return tuple(steps) if steps and cls.axis == "N" else cls.ladder

    def of(self, evidence: Evidence) -> Estimate:
        """The figure."""
        raise NotImplementedError

    def said(self, found: Estimate) -> str:
        """What a figure means that is not better the lower it is, in a few words."""
        return ""

    def rung(self, evidence: Evidence, x: float) -> Estimate:
        """The figure at ``x``, of a metric with a ``ladder``."""
        raise NotImplementedError
