"""Writes a project: its members, and the file, whole or not at all."""

from __future__ import annotations

import glob
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.codec import plain
from engine.gate import MAX_BYTES, MAX_ITEMS
from engine.parts import Wrong
from engine.projects.archive import Member, pieces
from engine.projects.arrays import npy, tensors
from engine.projects.data_files import Embedding
from engine.projects.migrations import FORMAT
from engine.projects.project import SUFFIX, Project, Steps
from engine.provenance import versions
from engine.rounds.kept import Kept
from engine.rounds.packed import GROUPS, ONE, grouped, told
from engine.spec import Experiment
from engine.wording import short
from engine.writing import SCRATCH, write_atomically

LONG_AGO = 3600.0  # seconds


def write(project: Project, path: Path, backup: bool = True) -> str:
    """Write the project; the version before stays beside it, as ``NAME.rewire.bak``. Raises Wrong, and the old file is
    as it was. Returns what could not be put in, in a sentence; empty where all is there."""
    _named(path)
    members, gone = members_of(project, path.parent)
    _clear(path)
    write_atomically(path, pieces(members), backup)
    if not gone:
        return ""
    names = ", ".join(short(name) for name in gone)
    return f"{names} {'is' if len(gone) == 1 else 'are'} gone and not in the project; its pairs and rounds are."


def fit_for_a_project(path: Path) -> None:
    """Raise Wrong where no project can be written there: before the work of hours, not after it."""
    _named(path)
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise Wrong("project", f"{short(str(path))} cannot be written; give a name in a folder that is there")


def _clear(path: Path) -> None:
    """Remove what processes that were killed while they wrote this file have left, long ago."""
    for left in path.parent.glob(f".{glob.escape(path.name[:40])}.*{SCRATCH}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LONG_AGO:
                left.unlink()


def _named(path: Path) -> None:
    if path.suffix.lower() != SUFFIX:
        raise Wrong(short(path.name), f"is not the name of a project; end it in {SUFFIX}")


def members_of(project: Project, folder: Path) -> tuple[dict[str, Member], list[str]]:
    """The members of the project's file in this folder, and the names of data files that are gone."""
    data = Embedding(folder)
    members: dict[str, Member] = {}
    # msgspec is ten times as quick as json, which holds the interpreter all along: a drawing has 10⁵ numbers.
    members["experiment.json"] = Member(msgspec.json.encode(plain(data.inside(project.experiment))))
    members["look.json"] = _json(dict(project.look or {}))
    if project.thumbnail:
        members["thumbnail.png"] = Member(project.thumbnail)
    members |= _rounds(project.rounds)
    # last, far from the experiment: either tells the present one where the other is damaged
    history = _history(project, data)
    members |= {name: Member(content) for name, content in data.members.items()}
    members["history.json"] = Member(history)
    manifest = {
        "format": FORMAT,
        "versions": versions(),
        "running": project.running,
        "document": project.document,
        "files": data.table,
        "members": {name: [member.size, member.checksum] for name, member in members.items()},
    }
    return {"project.json": _json(manifest), **members}, data.gone


def _rounds(rounds: tuple[Kept, ...]) -> dict[str, Member]:
    """An array that several rounds share, as the pairs of a reflow are those of the flow before it, is there once."""
    members: dict[str, Member] = {}
    names: dict[int, str] = {}
    for k, held in enumerate(rounds, 1):
        folder, words = f"rounds/{k}", told(held)
        for one in ONE:
            array: np.ndarray | None = getattr(held, one)
            if array is not None and id(array) not in names:
                names[id(array)] = f"{folder}/{one}.npy"
                members[names[id(array)]] = npy(array)
            words[one] = names[id(array)] if array is not None else ""
        for group in GROUPS:
            if arrays := grouped(held, group):
                members[f"{folder}/{group}.safetensors"] = tensors(arrays)
        words["groups"] = [group for group in GROUPS if grouped(held, group)]
        members[f"{folder}/round.json"] = _json(words)
    return members


def _history(project: Project, data: Embedding) -> bytes:
    """The present experiment and the steps around it, each section once: a drawing is long, and most steps are about
    something else. Where all would be more than is read again, the steps that are furthest away are left out."""
    steps = project.steps if project.steps.experiments else Steps((project.experiment,))
    low = high = steps.at
    kept = [data.inside(experiment) for experiment in steps.experiments]
    pool = Pool()
    states = [pool.state(kept[low])]
    while low > 0 and pool.left and (state := pool.state(kept[low - 1])):
        low, states = low - 1, [state, *states]
    while high + 1 < len(kept) and pool.left and (state := pool.state(kept[high + 1])):
        high, states = high + 1, [*states, state]
    told = {"pool": [msgspec.Raw(piece) for piece in pool.pieces], "states": states}
    return msgspec.json.encode(told | {"texts": steps.texts[low:high], "at": steps.at - low})


class Pool:
    """Sections of experiments as JSON, each once; what it is asked for stays alive meanwhile."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.left, self._items = MAX_BYTES * 3 // 4, MAX_ITEMS * 3 // 4  # of what is read again
        self._known: dict[int, int] = {}
        self._places: dict[bytes, int] = {}

    def state(self, experiment: Experiment) -> dict[str, int]:
        """The places of its sections; empty, and from then on nothing is ``left``, where there is no room for them."""
        found = {}
        for name in experiment.__struct_fields__:
            section = getattr(experiment, name)
            if id(section) not in self._known:
                piece = msgspec.json.encode(section)
                if piece not in self._places:
                    size, items = len(piece), sum(map(piece.count, (b",", b"[", b"{")))
                    if self.pieces and (size > self.left or items > self._items):
                        self.left = 0
                        return {}
                    self.left, self._items = max(1, self.left - size), self._items - items
                    self._places[piece] = len(self.pieces)
                    self.pieces.append(piece)
                self._known[id(section)] = self._places[piece]
            found[name] = self._known[id(section)]
        return found


def _json(value: Any) -> Member:
    """With numbers that are not finite, as figures may be."""
    return Member(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=True).encode())
