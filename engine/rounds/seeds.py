"""The random numbers of a round: they follow from what it is, not from its name or from the order of work."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial

import msgspec

from engine.learning.lots import Pairs
from engine.learning.net import Net
from engine.learning.trainee import Trainee
from engine.parts import Operation, Problem
from engine.spec import Experiment, Training


def seed_of(experiment: Experiment, lineage: tuple[Operation, ...]) -> int:
    """Of the weights; the next number draws the batches."""
    apart = 0
    if not all(operation.reflows for operation in lineage):
        apart = zlib.crc32(msgspec.json.encode(lineage))
    return (experiment.seed * 1_000_003 + 2 * (len(lineage) + 1) + apart * 2**31) % 2**62


def trainee_of(v: Net, problem: Problem, training: Training, seed: int) -> Trainee:
    """What trains a net on the problem's pairs."""
    first = problem.round == 1
    apart, one_step = problem.coupling.independent and first, problem.one_step
    drawing = partial(lot, problem, seed + 1) if first else None
    return Trainee(v, problem.x0, problem.x1, problem.path, training, seed + 1, apart, one_step, drawing)


def lot(problem: Problem, seed: int, number: int, least: int) -> Iterator[float | Pairs]:
    """New pairs of the first coupling: as many as it has, ``least`` at least."""
    coupling = msgspec.structs.replace(problem.coupling, pairs=max(problem.coupling.pairs, least))
    return coupling.draw(problem.source, problem.target, problem.dim, (seed + 1 << 64) + number)
