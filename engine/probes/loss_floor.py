"""The floor of the training loss, before the round ends."""

from __future__ import annotations

from collections.abc import Iterator

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.motion.stopping import Stop, never
from engine.probe import Probe, Subject
from engine.registry import part

SAMPLES = 1024


@part
class LossFloor(Probe, frozen=True, tag="loss floor"):
    """V = int E tr Var(dX | X_t) dt from the closed form, which needs no trained net; the answer is an Estimate."""

    about = "The crossing V from the closed form alone: the floor of the training loss."
    live = False

    def applies(self, subject: Subject) -> bool:
        return subject.truth is not None

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Estimate]:
        evidence = Evidence(subject.problem, subject.truth, subject.truth, samples=SAMPLES, seed=0, stop=stop)
        yield mean(evidence.spreads)
