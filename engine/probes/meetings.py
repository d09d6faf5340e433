"""Where lines on show truly meet: at one place at one time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.evidence.crossings import NEARBY, meeting, nearest, spread
from engine.motion.stopping import Stop, never
from engine.parts import knob
from engine.probe import Probe, Subject
from engine.registry import part

BENT = 65  # times of a path that is not straight


@dataclass(frozen=True, eq=False)
class Met:
    """``at`` (k, d) float32 and ``t`` (k,): where and when two of the ``of`` lines are nearest, for each two of them
    that come within ``reach`` of each other at one time and are further apart at both ends."""

    at: np.ndarray
    t: np.ndarray
    of: int
    reach: float


@part
class Meetings(Probe, frozen=True, tag="meetings"):
    """Lines X_t that come within 1 % of the spread of each other at one t. On the line each crossing is a meeting."""

    about = "Where the first lines X_t come within 1 % of the spread of each other at one t."
    live = False
    light = True

    lines: Annotated[int, knob("lines", 2, 1000, log=True, tip="Lines that are compared with each other.")] = 150

    def applies(self, subject: Subject) -> bool:
        return subject.problem.dim > 1

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Met]:
        path = subject.problem.path
        x0, x1 = (x[: self.lines].astype(float) for x in (subject.problem.x0, subject.problem.x1))
        times = np.array([0.0, 1.0]) if path.straight else np.linspace(0, 1, BENT)
        yield met(np.stack([np.asarray(path.at(x0, x1, t)[0], float) for t in times.tolist()]), times, stop)


def met(z: np.ndarray, times: np.ndarray, stop: Stop = never) -> Met:
    """Of polylines z (m, n, d) at ``times`` (m,). Raises Stopped."""
    reach = NEARBY * spread(z[0], z[-1])
    i, j = np.nonzero(np.triu(meeting(z, reach, stop), 1))
    when, where = nearest(z, times, i, j)
    return Met(where.astype(np.float32), when, z.shape[1], reach)
