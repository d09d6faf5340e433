"""The figures of one velocity of a round: which is missing next, and computing it, one at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.evidence.evidence import Evidence
from engine.evidence.figures import Figures
from engine.evidence.metric import Metric
from engine.motion.stopping import Stopped
from engine.parts import Problem, Wrong, reason
from engine.registry import kinds

log = logging.getLogger("rewire")


@dataclass(frozen=True)
class Missing:
    """One figure that is not there yet; ``rung`` of a metric with a ladder. ``share`` of the round's figures is."""

    metric: type[Metric]
    rung: float | None
    share: float


class Measuring:
    """Work may stop between any two figures. ``compared``: only those that a reference beside the round has, too.

    A figure that fails is told by a sentence in ``figures.failed``, and takes no other with it.
    """

    def __init__(self, compared: bool = False, figures: Figures | None = None, samples: int = 0) -> None:
        self.figures = figures or Figures()
        self._compared, self._samples = compared, samples
        self._asked: dict[str, Any] = {}
        self._evidence: Evidence | None = None  # while figures are missing: hundreds of megabytes at the most samples
        self._complete: Figures | None = None
        self.sharp = ""  # that the field is too sharp for the accurate solver, in a sentence

    @property
    def samples(self) -> int:
        """What the figures rest on."""
        return self._samples

    def rest_on(self, samples: int, asked: Mapping[str, Any] | None = None) -> bool:
        """Forget figures that rest on another number of samples, or on something else that is ``asked`` otherwise now
        (``Metric.rests``; "ladder": the rungs over N). True where there was anything to forget."""
        before = self._asked
        asked = before if asked is None else asked
        if self._samples == samples and asked == before:
            return False
        if self._samples != samples:
            self.figures, self.sharp = Figures(), ""
        else:
            other = {name for name in asked if name in before and before[name] != asked[name]}
            self.figures = self.figures.only(lambda kind, rung: _holds(kind, rung, other, asked.get("ladder", ())))
        self._evidence, self._complete = None, None
        self._samples, self._asked = samples, dict(asked)
        return True

    def missing(self, problem: Problem, first: Collection[str] = (), urgent: bool = False) -> Missing | None:
        """The next figure, in the order of the metrics but for those that somebody waits for, which come ``first``;
        None when all are there, or all the ``urgent`` ones. No figure depends on the order."""
        if self._complete is self.figures:  # asked at every slice of the rounds to come
            return None
        metrics = sorted(kinds("metrics").items(), key=lambda known: known[0] not in first)
        for k, (kind, metric) in enumerate(metrics):
            if urgent and kind not in first:
                return None
            if (self._compared and not metric.compared) or (problem.one_step and not metric.of_map):
                continue
            for rung in metric.rungs(self._asked.get("ladder", ())) or (None,):
                if not self.figures.has(kind, rung) and self._applies(metric, rung, problem):
                    return Missing(metric, rung, k / len(metrics))
        self._complete, self._evidence = self.figures, None
        return None

    def measure(self, wanted: Missing, evidence: Callable[[], Evidence]) -> None:
        """Compute it. Raises Stopped."""
        metric, rung = wanted.metric(), wanted.rung
        try:
            self._evidence = self._evidence or evidence()
            found = metric.of(self._evidence) if rung is None else metric.rung(self._evidence, rung)
        except Stopped:
            raise
        except Exception as error:
            self._failed(metric, rung, error)
        else:
            self.figures = self.figures.plus(metric.kind, rung, found)
            if "flow" in vars(self._evidence):
                self.sharp = self._evidence.flow.warning

    def _applies(self, metric: type[Metric], rung: float | None, problem: Problem) -> bool:
        try:
            return metric().applies(problem)
        except Exception as error:
            self._failed(metric(), rung, error)
            return False

    def _failed(self, metric: Metric, rung: float | None, error: Exception) -> None:
        if isinstance(error, Wrong):
            told = str(error)
        else:
            log.exception("the figure %s failed", metric.kind)
            told = reason(error)
        self.figures = self.figures.without(metric.kind, rung, f"{metric.label} cannot be computed ({told})")


def _holds(kind: str, rung: float | None, other: set[str], ladder: tuple[int, ...]) -> bool:
    """Whether a figure still is what is asked for, ``other`` having changed."""
    metric = kinds("metrics").get(kind)
    return metric is None or not (other & set(metric.rests) or (rung is not None and rung not in metric.rungs(ladder)))
