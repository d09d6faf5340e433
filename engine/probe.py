"""What a probe is: something that is computed of a round because somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from engine.fields.field import Field
from engine.motion.stopping import Stop, never
from engine.parts import Part, Problem, Solver

MOST_FRAMES = 60  # key frames of one training


@dataclass(frozen=True, eq=False)
class Frame:
    """A key frame of a training: ``v`` after so many steps. ``known``: what probes have found of it, by their own keys,
    which nothing changes any more."""

    step: int
    v: Field
    known: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Subject:
    """A round as it stands, for probes: its problem, the velocity that it has by now, the closed form beside it."""

    problem: Problem
    solver: Solver  # on display
    v: Field | None = None  # of the coupling alone, and of a round that has not begun to learn: none
    truth: Field | None = None
    finished: bool = False  # v will not change any more
    seed: int = 0
    frames: tuple[Frame, ...] = ()  # of its training, from its first step on


class Probe(Part):
    """One question about a round. Its knobs say where to look; equal probes get equal answers.

    It is asked while a view on show needs it (``Request.probes``), and answered anew while v changes.
    """

    family = "probes"

    live: ClassVar[bool] = True  # False: the answer follows from the pairs alone, whatever v is
    by_frames: ClassVar[bool] = False  # the answer follows from the key frames, and changes with a new one alone
    by_solver: ClassVar[bool] = False  # the answer depends on the solver on display
    light: ClassVar[bool] = False  # a few hundredths of a second for a closed form: the first picture waits for it
    pause: ClassVar[float] = 0.0  # seconds between two answers while v changes, of one that nobody waits for
    everywhere: ClassVar[bool] = False  # asked of every round, not of those on show alone

    @property
    def patient(self) -> bool:
        """Whether even its first answer waits its turn while a net trains: it takes many seconds, and something is on
        show meanwhile."""
        return False

    def applies(self, subject: Subject) -> bool:
        """Whether the question means anything here; it is left out elsewhere."""
        return subject.v is not None or not self.live

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Any]:
        """Work in slices of some hundredths of a second that may be given up after any of them: yields None after each,
        and the answer, a frozen value of numpy arrays, at the end. Raises Wrong, with a sentence; Stopped."""
        raise NotImplementedError


def answered(probe: Probe, subject: Subject) -> Any:
    """The answer, all slices at once."""
    *_, found = probe.answer(subject)
    return found
