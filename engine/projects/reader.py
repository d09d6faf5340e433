"""Opens what a path holds: a project, a spec, or the folder of a run."""

from __future__ import annotations

from pathlib import Path

from engine import codec
from engine.gate import content, opened
from engine.parts import Wrong
from engine.projects.archive import MOST_BYTES, START, compressed, found
from engine.projects.data_files import cache
from engine.projects.project import SUFFIX, Project
from engine.projects.recovered import project_of
from engine.wording import short


def read(path: Path) -> Project:
    """The experiment, its rounds as far as there are any, and how it was looked at. Raises Wrong, in one sentence.

    No torch is needed. The rounds come back in a Lab by ``lab.restore(project.experiment, project.rounds)``.
    """
    if path.is_dir():
        from engine.projects.run_folder import read_run

        return read_run(path)
    return read_project(path) if is_project(path) else Project(codec.read(path))


def is_project(path: Path) -> bool:
    """By its name, or its first bytes; not for the window's thread."""
    if path.suffix.lower() == SUFFIX:
        return True
    try:
        with opened(path) as file:
            return file.read(len(START)) == START
    except (OSError, ValueError):
        return False


def read_project(path: Path, cache_in: Path | None = None) -> Project:
    """The project of a file; of a damaged one what can be vouched for. Raises Wrong."""
    name = short(path.name)
    try:
        whole = content(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise Wrong(name, f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    except MemoryError:
        raise Wrong(name, "needs more memory than there is") from None
    members = found(whole)
    if not members:
        if compressed(whole):
            raise Wrong(
                name, "was packed again by another program; the members of a project are stored, not compressed"
            )
        raise Wrong(name, "is no project, or nothing of it can be read")
    try:
        return project_of(members, path.parent.resolve(), cache_in or cache())
    except Wrong as wrong:
        raise Wrong(wrong.where or name, wrong.message) from None
