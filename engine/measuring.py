"""Which figure of a round is missing next, and computing it: one at a time, so that the work may stop between any two.

Figures of the round's own velocity come first, in the order of the metrics; those of the closed form beside it last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.evidence import Evidence
from engine.gap_map import gap_map
from engine.parts import Estimate, Field, Metric
from engine.registry import kinds
from engine.round import Figures, Round

Look = Callable[[Field], Evidence]  # the evidence of a velocity of the round


class Map:
    """The map of v against v*, which is no figure but comes with them."""

    label = "velocity map"


@dataclass(frozen=True)
class Missing:
    """One figure that is not there yet; ``rung`` of a metric with a ladder. ``share`` of the round's figures is."""

    metric: type[Metric] | type[Map]
    rung: float | None
    share: float

    def of(self, evidence: Evidence) -> Estimate:
        return self.metric().of(evidence) if self.rung is None else self.metric().rung(evidence, self.rung)


def missing(held: Round) -> Missing | None:
    """The next figure of the round's own velocity; None when all are there."""
    return _first(held, held.figures, compared=False)


def missing_truth(held: Round) -> Missing | None:
    """The next figure of the closed form beside a learned velocity, the map of both at the end; None when all are
    there, or where there is no closed form."""
    if held.truth is None or held.trainee is None:
        return None
    return _first(held, held.of_truth, compared=True) or (Missing(Map, None, 1.0) if held.gap_map is None else None)


def measure(held: Round, figure: Missing, look: Look) -> None:
    """Compute it. Raises Stopped."""
    held.measured = held.measured or look(held.v)
    held.figures = held.figures.plus(figure.metric().kind, figure.rung, figure.of(held.measured))


def measure_truth(held: Round, figure: Missing, look: Look) -> None:
    """The same of the closed form."""
    if figure.metric is Map:
        held.gap_map = gap_map(held.problem, held.v, held.truth, look(held.truth).stop)
        return
    held.evidence_of_truth = held.evidence_of_truth or look(held.truth)
    held.of_truth = held.of_truth.plus(figure.metric().kind, figure.rung, figure.of(held.evidence_of_truth))


def _first(held: Round, known: Figures, compared: bool) -> Missing | None:
    if held.complete.get(compared) is known:  # asked at every slice of the rounds to come
        return None
    metrics = kinds("metrics")
    for k, (kind, metric) in enumerate(metrics.items()):
        if (compared and not metric.compared) or not metric().applies(held.problem):
            continue
        for rung in metric.ladder or (None,):
            if not known.has(kind, rung):
                return Missing(metric, rung, k / len(metrics))
    held.complete[compared] = known
    return None
