"""The probes of one round: which are asked, what they have found, and the work on those that are not answered yet."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.motion.stopping import Stop, Stopped
from engine.parts import Wrong, reason
from engine.probe import Probe, Subject
from engine.snapshot import Answer

LATEST = 4  # answers of one kind that are kept: a lens that comes back to a place shows it at once

log = logging.getLogger("rewire")


@dataclass(eq=False)
class Inquiry:
    """One probe of one round. ``of``: the state of the round that the answer belongs to; None before there is one."""

    probe: Probe
    value: Any = None
    trouble: str = ""
    of: object = None
    at: float = -1e9  # when it was answered
    spent: float = 0.0  # seconds of work so far
    work: Iterator[Any] | None = None
    work_of: object = None


class Inquiries:
    """What is asked of one round."""

    def __init__(self) -> None:
        self._known: dict[Probe, Inquiry] = {}
        self._asked: tuple[Probe, ...] = ()

    def ask(self, probes: Iterable[Probe]) -> None:
        """These and no others are wanted now. Answers of before stay, a few of each kind."""
        self._asked = tuple(dict.fromkeys(probes))
        for probe, held in self._known.items():
            if probe not in self._asked:
                held.work = None
        for probe in self._asked:
            self._known[probe] = self._known.pop(probe, None) or Inquiry(probe)  # the newest come last
        for kind in {type(probe) for probe in self._known}:
            same = [probe for probe in self._known if type(probe) is kind]
            for probe in same[:-LATEST]:
                if probe not in self._asked:
                    del self._known[probe]

    def open(self, subject: Subject, stage: object) -> list[Inquiry]:
        """Those that have no answer for the round as it is at this ``stage`` of its training."""
        asked = [self._known[probe] for probe in self._asked]
        there = [held for held in asked if held.of != _state(held.probe, subject, stage)]
        return [held for held in there if self._applies(held, subject, stage)]

    def _applies(self, held: Inquiry, subject: Subject, stage: object) -> bool:
        try:
            return held.probe.applies(subject)
        except Exception as error:
            held.work_of, held.value = _state(held.probe, subject, stage), None
            self._failed(held, error)
            self._answered(held)
            return False

    def work(self, held: Inquiry, subject: Subject, stage: object, end: float, stop: Stop) -> bool:
        """Go on with this one until ``end``; True when it is answered. An answer that was begun is brought to its end
        though v has moved on: else a slow one would never come. Only its own failure is told by a failure."""
        begun = time.monotonic()
        try:
            if held.work is None:
                held.work_of = _state(held.probe, subject, stage)
                held.work = iter(held.probe.answer(subject, stop))
            for found in held.work:
                if found is not None:
                    held.value, held.trouble = found, ""
                    return self._answered(held)
                if time.monotonic() >= end or stop():
                    return False
            raise RuntimeError("it ended without an answer")
        except Stopped:
            held.work = None
            return False
        except Exception as error:
            self._failed(held, error)
        finally:
            held.spent += time.monotonic() - begun
        held.value = None
        return self._answered(held)

    def _failed(self, held: Inquiry, error: Exception) -> None:
        if isinstance(error, Wrong):
            held.trouble = str(error)
            return
        told = f"{held.probe.kind}: this cannot be shown ({reason(error)})"
        if told != held.trouble:  # while a net trains it is asked four times a second
            log.exception("the probe %s failed", held.probe.kind)
        held.trouble = told

    def _answered(self, held: Inquiry) -> bool:
        held.of, held.at, held.work = held.work_of, time.monotonic(), None
        return True

    def found(self, probe: Probe) -> Any:
        """The answer to this very question; None where there is none."""
        held = self._known.get(probe)
        return held.value if held is not None else None

    def answers(self, subject: Subject, stage: object) -> tuple[Answer, ...]:
        """All that are there, those that are asked last."""
        there = [held for held in self._known.values() if held.of is not None]
        return tuple(
            Answer(held.probe, held.value, held.of == _state(held.probe, subject, stage), held.trouble)
            for held in there
        )


def _state(probe: Probe, subject: Subject, stage: object) -> object:
    """What the answer of this probe depends on: as long as it is the same, so is the answer."""
    if probe.by_frames:
        stage = len(subject.frames), subject.frames[-1].step if subject.frames else 0
    return (stage if probe.live else "pairs", subject.solver if probe.by_solver else None)
