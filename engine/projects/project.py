"""A project as a value: what was asked, what was made of it, and how it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.rounds.kept import Kept
from engine.spec import Experiment

SUFFIX = ".rewire"


@dataclass(frozen=True)
class Steps:
    """The undo steps: ``experiments`` from the first to the last, ``texts`` of the steps between them (one less), and
    which of the experiments is the present one."""

    experiments: tuple[Experiment, ...] = ()
    texts: tuple[str, ...] = ()
    at: int = 0


@dataclass(frozen=True, eq=False)
class Project:
    """``rounds``: as they were begun, hidden ones among them. ``look``: plain data, which the window makes and
    reads (``app/look_text.py``); None of a spec, which has none. ``thumbnail``: a PNG. ``running``: whether training
    went on. ``document``: of an autosave, the file that it is about. ``lost``: what of a damaged file could not be
    read, a few words for each."""

    experiment: Experiment
    rounds: tuple[Kept, ...] = ()
    look: Mapping[str, Any] | None = None
    steps: Steps = field(default_factory=Steps)
    thumbnail: bytes = b""
    running: bool = True
    document: str = ""
    lost: tuple[str, ...] = ()
