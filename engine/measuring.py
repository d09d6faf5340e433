"""Which figure of a round is missing next, and computing it: one at a time, so that the work may stop between any two.

Figures of the round's own velocity come first, in the order of the metrics; those of the reference beside it last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.fields.field import Field
from engine.gap_map import gap_map
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


def missing_beside(held: Round) -> Missing | None:
    """The next figure of the reference beside the round's velocity, the map of v against v* at the end; None when all
    are there, or where there is nothing to stand beside."""
    if held.beside is not None and (figure := _first(held, held.of_beside, compared=True)):
        return figure
    mapped = held.truth is not None and held.v is not held.truth and not held.problem.one_step
    return Missing(Map, None, 1.0) if mapped and held.gap_map is None else None


def measure(held: Round, figure: Missing, look: Look) -> None:
    """Compute it. Raises Stopped."""
    held.measured = held.measured or look(held.v)
    held.figures = held.figures.plus(figure.metric().kind, figure.rung, figure.of(held.measured))


def measure_beside(held: Round, figure: Missing, look: Look) -> None:
    """The same of the reference."""
    if figure.metric is Map:
        held.gap_map = gap_map(held.problem, held.v, held.truth, look(held.truth).stop)
        return
    held.evidence_beside = held.evidence_beside or look(held.beside)
    held.of_beside = held.of_beside.plus(figure.metric().kind, figure.rung, figure.of(held.evidence_beside))


def _first(held: Round, known: Figures, compared: bool) -> Missing | None:
    if held.complete.get(compared) is known:  # asked at every slice of the rounds to come
        return None
    metrics = kinds("metrics")
    for k, (kind, metric) in enumerate(metrics.items()):
        if compared and not metric.compared:
            continue
        if not metric().applies(held.problem) or (held.problem.one_step and not metric.of_map):
            continue
        for rung in metric.ladder or (None,):
            if not known.has(kind, rung):
                return Missing(metric, rung, k / len(metrics))
    held.complete[compared] = known
    return None
