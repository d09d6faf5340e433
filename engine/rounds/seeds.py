"""The random numbers of a round: they follow from what it is, not from its name or from the order of work."""

from __future__ import annotations

import zlib

import msgspec

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
    apart = problem.coupling.independent and problem.round == 1
    return Trainee(v, problem.x0, problem.x1, problem.path, training, seed + 1, apart, problem.one_step)
