"""Where the lines on show cross on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.evidence.crossings import page_crossings
from engine.motion.stopping import Stop, never
from engine.parts import knob
from engine.probe import Probe, Subject
from engine.registry import part


@dataclass(frozen=True, eq=False)
class Crossed:
    """``at`` (k, 2) float32: in 1-D places (t, x), where both lines are at one time; in 2-D places on the page, which
    lines pass at different times. ``of`` lines were compared."""

    at: np.ndarray
    of: int


@part
class PageCrossings(Probe, frozen=True, tag="page crossings"):
    """Where straight lines X0 -> X1 intersect on the page. Curved paths are not the lines between their ends, and
    of lines in space the page shows a projection: nothing is counted there."""

    about = "Where the first lines X0 → X1 intersect on the page, at any times."
    live = False
    everywhere = light = True

    lines: Annotated[int, knob("lines", 2, 2000, log=True, tip="Lines that are compared with each other.")] = 150

    def applies(self, subject: Subject) -> bool:
        return subject.problem.path.straight and subject.problem.dim < 3

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Crossed]:
        a, b = (x[: self.lines] for x in (subject.problem.x0, subject.problem.x1))
        if subject.problem.dim == 1:
            a, b = np.column_stack([0 * a, a]), np.column_stack([0 * b + 1, b])
        yield Crossed(page_crossings(a, b, stop).astype(np.float32), len(a))
