"""Training a lesson beforehand: the rounds of each step as a project in the user's cache, by what they depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from app.lessons.lesson import Lesson, Step
from app.lessons.reader import scene
from engine import codec
from engine.motion.stopping import Stop, never
from engine.parts import Wrong
from engine.projects.data_files import cache
from engine.projects.migrations import FORMAT
from engine.projects.project import SUFFIX, Project
from engine.projects.reader import read
from engine.projects.writer import write
from engine.provenance import VERSION
from engine.rounds.kept import Kept
from engine.writing import made

MOST = 200  # files


def place() -> Path:
    """The folder."""
    return cache().parent / "lessons"


def file_of(step: Step) -> Path:
    """Where the step's rounds are, or would be. Raises Wrong for a scene that cannot be."""
    experiment, _ = scene(step, finished=True)
    words = f"{VERSION} {FORMAT} {codec.to_json(experiment)}"
    return place() / f"{hashlib.sha256(words.encode()).hexdigest()[:32]}{SUFFIX}"


def found(step: Step) -> tuple[Kept, ...] | None:
    """The step's rounds, those that its cues ask for among them; None where they were not prepared."""
    with suppress(Wrong, OSError):
        path = file_of(step)
        if path.is_file():
            return read(path).rounds
    return None


def prepare(lesson: Lesson, device: str = "auto", stop: Stop = never) -> Iterator[tuple[int, bool]]:
    """Train and measure what is missing; the number of each step, from 1, and whether it had to be trained. Raises
    Wrong, and KeyboardInterrupt where it is to stop."""
    from app.export.frozen import Frozen

    frozen: Frozen | None = None
    for number, step in enumerate(lesson.steps, 1):
        path = file_of(step)
        if path.is_file():
            yield number, False
            continue
        experiment, _ = scene(step, finished=True)
        if frozen is None:
            frozen = Frozen(experiment, device=device, stop=stop)
        else:
            frozen.lab.adopt(experiment)
        frozen.known(())
        made(path.parent)
        write(Project(experiment, frozen.lab.kept()), path, backup=False)
        yield number, True
    _tidy()


def _tidy() -> None:
    """Without the files that were used longest ago, where there are too many."""
    files = sorted(place().glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in files[MOST:]:
        old.unlink(missing_ok=True)
