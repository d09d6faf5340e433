"""What is measured of one field: figures, figures by rung, and why some are not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from engine.evidence.estimate import Estimate


@dataclass(frozen=True)
class Figures:
    """Figures by the metric's kind, and for metrics with a ladder by kind and rung.

    ``failed`` holds one sentence for each that could not be computed, by its ``key``.
    """

    single: Mapping[str, Estimate] = field(default_factory=dict)
    ladders: Mapping[str, Mapping[float, Estimate]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)

    def has(self, kind: str, rung: float | None) -> bool:
        """Whether nothing is to be computed here any more."""
        known = kind in self.single if rung is None else rung in self.ladders.get(kind, {})
        return known or key(kind, rung) in self.failed

    def plus(self, kind: str, rung: float | None, estimate: Estimate) -> Figures:
        if rung is None:
            return replace(self, single={**self.single, kind: estimate})
        return replace(self, ladders={**self.ladders, kind: {**self.ladders.get(kind, {}), rung: estimate}})

    def only(self, holds: Callable[[str, float | None], bool]) -> Figures:
        """Those for which ``holds(kind, rung)``, and of those that failed."""
        ladders = {kind: {x: e for x, e in rungs.items() if holds(kind, x)} for kind, rungs in self.ladders.items()}
        failed = {k: told for k, told in self.failed.items() if holds(*_named(k))}
        single = {kind: e for kind, e in self.single.items() if holds(kind, None)}
        return Figures(single, {kind: rungs for kind, rungs in ladders.items() if rungs}, failed)

    def without(self, kind: str, rung: float | None, sentence: str) -> Figures:
        return replace(self, failed={**self.failed, key(kind, rung): sentence})


def key(kind: str, rung: float | None) -> str:
    """A figure's name: ``euler_error 4``, ``straightness``."""
    return kind if rung is None else f"{kind} {rung:g}"


def _named(key: str) -> tuple[str, float | None]:
    kind, _, rung = key.partition(" ")
    return kind, float(rung) if rung else None
