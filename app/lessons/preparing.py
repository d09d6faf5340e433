"""Training a lesson beforehand: the rounds of each step as a project in the user's cache, by what they depend on. What
came with the program (``shipped``) need not be trained."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from app.lessons import shipped
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
from engine.spec import Experiment
from engine.writing import made

MOST = 200  # files


def place() -> Path:
    """The folder."""
    return cache().parent / "lessons"


def name_of(step: Step) -> str:
    """What the step's rounds are called by, from all that they depend on. Raises Wrong for a scene that cannot be."""
    experiment, _ = scene(step, finished=True)
    words = f"{VERSION} {FORMAT} {codec.to_json(experiment)}"
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def file_of(step: Step) -> Path:
    """Where the step's rounds are in the user's cache, or would be. Raises Wrong."""
    return place() / f"{name_of(step)}{SUFFIX}"


def ready(step: Step) -> bool:
    """Whether the step's rounds are in the cache or came with the program. Raises Wrong."""
    return file_of(step).is_file() or shipped.there(name_of(step))


def found(step: Step) -> tuple[Kept, ...] | None:
    """The step's rounds, those that its cues ask for among them; None where they were not prepared."""
    with suppress(Wrong, OSError):
        path = file_of(step)
        if path.is_file():
            return read(path).rounds
    with suppress(Wrong):
        return shipped.read(name_of(step), scene(step, finished=True)[0])
    return None


def prepare(lesson: Lesson, device: str = "auto", stop: Stop = never) -> Iterator[tuple[int, bool]]:
    """Train and measure what is missing; the number of each step, from 1, and whether it had to be trained. Raises
    Wrong, and KeyboardInterrupt where it is to stop."""
    missing = {name_of(step): step for step in lesson.steps if not ready(step)}
    made_now = trained(tuple(missing.values()), device, stop)
    for number, step in enumerate(lesson.steps, 1):
        if trains := missing.pop(name_of(step), None) is not None:
            experiment, rounds = next(made_now)
            path = file_of(step)
            made(path.parent)
            write(Project(experiment, rounds), path, backup=False)
        yield number, trains
    _tidy()


def ship(lessons: Iterable[Lesson], folder: Path, stop: Stop = never) -> Iterator[str]:
    """Train all of these anew, on the processor, for the program to bring: small files in this folder, and no others.
    Yields their names."""
    made(folder)
    steps = {name_of(step): step for lesson in lessons for step in lesson.steps}
    for name, (experiment, rounds) in zip(steps, trained(steps.values(), "cpu", stop), strict=True):
        shipped.write(folder, name, experiment, rounds)
        yield name
    shipped.tidy(folder, set(steps))


def trained(steps: Iterable[Step], device: str, stop: Stop) -> Iterator[tuple[Experiment, tuple[Kept, ...]]]:
    """The experiment of each step and its rounds, trained and measured; what it shares with the one before, once."""
    from app.export.frozen import Frozen

    frozen: Frozen | None = None
    for step in steps:
        experiment, _ = scene(step, finished=True)
        if frozen is None:
            frozen = Frozen(experiment, device=device, stop=stop)
        else:
            frozen.lab.adopt(experiment)
        frozen.known(())
        yield experiment, frozen.lab.kept()


def _tidy() -> None:
    """Without the files that were used longest ago, where there are too many."""
    files = sorted(place().glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in files[MOST:]:
        old.unlink(missing_ok=True)
