"""Who looks at the rounds: which probe is answered next, and how much of the training's time that may take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.motion.stopping import Stop
from engine.probe import Probe, Subject
from engine.rounds.inquiries import Inquiries, Inquiry

WATCHED = 1 / 10  # share of the time that answers to old questions may take while a net trains
OFTEN = 0.25  # seconds between two answers to one question while v changes
MOST = 1.0  # seconds that may be saved up


@dataclass(frozen=True, eq=False)
class Watched:
    """A round, or the coupling alone, as it stands; and what is asked of it."""

    inquiries: Inquiries
    subject: Subject
    stage: object  # of its training: as long as it is the same, so is v
    probes: tuple[Probe, ...]


class Watching:
    """New questions are answered at once; those that training has overtaken, and those that can wait, in ``WATCHED`` of
    its time, the one that has had least of it first. ``subjects`` tells what there is to look at, what is on show
    first."""

    def __init__(self, subjects: Callable[[], Iterable[Watched]], stop: Stop) -> None:
        self._subjects, self._stop = subjects, stop
        self._credit = 0.0

    def worked(self, seconds: float) -> None:
        """So long other work went on."""
        self._credit = min(MOST, self._credit + WATCHED * seconds)

    def look(self, seconds: float, training: bool, light: bool = False) -> bool:
        """Answer for about ``seconds``; True when an answer has come that somebody waits for. ``light``: only new
        questions whose answers are quick."""
        end, came = time.monotonic() + seconds, False
        while not self._stop() and time.monotonic() < end:
            open_now = [(of, held) for of, held in self._open() if not light or (held.of is None and held.probe.light)]
            new = [
                (of, held)
                for of, held in open_now
                if held.of is None and not (held.probe.pause or (training and held.probe.patient))
            ]
            if not new and (came or (training and self._credit <= 0)):
                break  # what came is shown before old answers are renewed
            begun = time.monotonic()
            due = [(of, held) for of, held in open_now if begun - held.at >= max(OFTEN, held.probe.pause)]
            if not new and not due:
                break
            of, held = new[0] if new else min(due, key=lambda work: work[1].spent)
            until = end if new or not training else min(end, begun + self._credit)
            answered = of.inquiries.work(held, of.subject, of.stage, until, self._stop)
            if training and not new:
                self._credit -= time.monotonic() - begun
            else:
                came |= answered
        return came

    @property
    def waiting(self) -> bool:
        """Whether something has no answer yet for what the rounds are now."""
        return bool(self._open())

    @property
    def unseen(self) -> bool:
        """Whether something that a first picture waits for has never been answered: what ``look`` answers at once."""
        asked = (held.probe for _, held in self._open() if held.of is None)
        return any(probe.light and not (probe.pause or probe.patient) for probe in asked)

    @property
    def unanswered(self) -> int:
        """How many questions have never been answered."""
        return sum(held.of is None for _, held in self._open())

    def _open(self) -> list[tuple[Watched, Inquiry]]:
        """Everything that has no answer for what the rounds are now."""
        found = []
        for of in self._subjects():
            of.inquiries.ask(of.probes)
            found += [(of, held) for held in of.inquiries.open(of.subject, of.stage)]
        return found
