"""The pairs on show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.motion.stopping import Stop, never
from engine.parts import knob
from engine.probe import Probe, Subject
from engine.registry import part


@dataclass(frozen=True, eq=False)
class Ends:
    """Pairs of the coupling that the round rectifies: ``x0, x1`` (n, d) float32; their classes (n,) from 0 up to the
    numbers in ``of``, where the laws of the ends have any; where the optimal map leads x0, where the coupling knows it.
    """

    x0: np.ndarray
    x1: np.ndarray
    class0: np.ndarray | None = None
    class1: np.ndarray | None = None
    of: tuple[int, int] = (0, 0)
    mapped: np.ndarray | None = None


@part
class Pairs(Probe, frozen=True, tag="pairs"):
    """The first pairs (X0, X1) of the round, which come in random order."""

    about = "The first pairs (X0, X1) of the round."
    live = False
    everywhere = light = True

    count: Annotated[int, knob("pairs", 1, 20_000, log=True, tip="How many pairs.")] = 400

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Ends]:
        problem, dim = subject.problem, subject.problem.dim
        x0, x1 = (x[: self.count] for x in (problem.x0, problem.x1))
        classes = [law.labels(x, dim) for law, x in ((problem.source, x0), (problem.target, x1))]
        of = tuple(law.partition(dim)[1] for law in (problem.source, problem.target))
        phi = problem.coupling.optimal(dim)
        mapped = None if phi is None else phi.gradient(np.asarray(x0, float)).astype(np.float32)
        yield Ends(x0.astype(np.float32), x1.astype(np.float32), *classes, of, mapped)
