"""Writes a project: its members, and the file, whole or not at all."""

from __future__ import annotations

import glob
import json
import os
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.codec import plain
from engine.gate import MAX_BYTES
from engine.parts import Wrong
from engine.projects.archive import pieces
from engine.projects.arrays import npy, tensors
from engine.projects.data_files import Embedding
from engine.projects.migrations import FORMAT
from engine.projects.project import SUFFIX, Project, Steps
from engine.provenance import VERSION
from engine.rounds.kept import Kept
from engine.rounds.packed import GROUPS, ONE, grouped, told
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


def members_of(project: Project, folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """The members of the project's file in this folder, and the names of data files that are gone."""
    data, members = Embedding(folder), {}
    members["experiment.json"] = _json(plain(data.inside(project.experiment)))
    members["look.json"] = _json(dict(project.look or {}))
    if project.thumbnail:
        members["thumbnail.png"] = project.thumbnail
    members |= _rounds(project.rounds)
    # last, far from the experiment: either tells the present one where the other is damaged
    history = _history(project, data)
    members |= data.members
    members["history.json"] = _json(history)
    manifest = {
        "format": FORMAT,
        "program": f"rewire {VERSION}",
        "running": project.running,
        "document": project.document,
        "files": data.table,
        "members": {name: [len(member), zlib.crc32(member)] for name, member in members.items()},
    }
    return {"project.json": _json(manifest), **members}, data.gone


def _rounds(rounds: tuple[Kept, ...]) -> dict[str, bytes]:
    """An array that several rounds share, as the pairs of a reflow are those of the flow before it, is there once."""
    members: dict[str, bytes] = {}
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


def _history(project: Project, data: Embedding) -> dict[str, Any]:
    """The steps, each section once: a drawing is long, and most steps are about something else. Where all would be more
    than is read again, the oldest go, and if need be those to be redone."""
    steps = project.steps
    if not steps.experiments:
        steps = Steps((project.experiment,))
    low, high = 0, len(steps.experiments)
    while True:
        at = steps.at - low
        found = _pooled(steps.experiments[low:high], steps.texts[low : max(low, high - 1)], at, data)
        if len(_json(found)) < MAX_BYTES // 2 or high - low == 1:
            return found
        low, high = (low + 1 + (steps.at - low) // 2, high) if low < steps.at else (low, max(low + 1, high - 1))


def _pooled(experiments: tuple[Any, ...], texts: tuple[str, ...], at: int, data: Embedding) -> dict[str, Any]:
    places: dict[bytes, int] = {}
    pool: list[Any] = []
    states: list[dict[str, int]] = []
    known: dict[int, int] = {}

    def place(section: Any) -> int:
        if id(section) not in known:
            value = msgspec.to_builtins(section)
            key = msgspec.json.encode(value)
            if key not in places:
                places[key] = len(pool)
                pool.append(value)
            known[id(section)] = places[key]
        return known[id(section)]

    kept = [data.inside(experiment) for experiment in experiments]  # alive, so that no two have the same id
    for experiment in kept:
        states.append({name: place(getattr(experiment, name)) for name in experiment.__struct_fields__})
    return {"pool": pool, "states": states, "texts": list(texts), "at": at}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=True).encode()
