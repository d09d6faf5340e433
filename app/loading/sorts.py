"""What sort of thing a file is: by its name, else by its first bytes."""

from __future__ import annotations

from pathlib import Path

from engine.gate import opened
from engine.projects.project import SUFFIX
from engine.reading import pictures
from engine.reading.clouds import reader_of
from engine.reading.limits import suffixes

SPECS = (".toml", ".json")
PROJECTS = (SUFFIX, ".bak")  # of a project, the version before
LESSONS = (".md",)
PICTURES = pictures.SUFFIXES


def known() -> str:
    """Every suffix of a file that can be opened: "rewire, toml, ..."."""
    return ", ".join(s[1:] for s in (SUFFIX, *SPECS, *suffixes(), *PICTURES))


def sort_by_name(path: str) -> str:
    """``project`` (a spec, too), ``lesson``, ``points`` or ``picture``; empty where the suffix does not tell."""
    suffix = Path(path).suffix.lower()
    found = {"project": (*SPECS, *PROJECTS), "lesson": LESSONS, "points": suffixes(), "picture": PICTURES}
    return next((sort for sort in found if suffix in found[sort]), "")


def sort_by_content(path: str) -> str:
    """``project`` for a folder, ``points`` or ``picture`` by the first bytes of a file; empty for anything else.

    Not for the window's thread: a disk may be far away.
    """
    if Path(path).is_dir():
        return "project"
    if reader_of(path) is not None:
        return "points"
    try:
        with opened(path) as file:
            return "picture" if file.read(8).startswith(pictures.MAGIC) else ""
    except (OSError, ValueError):
        return ""
