"""The data files that experiments name travel in the project, and are used from it where the originals are gone."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.codec import moved
from engine.gate import content
from engine.reading.limits import MAX_BYTES
from engine.spec import Experiment
from engine.writing import made, write_atomically

KEPT_FOR = 60 * 86_400  # seconds without a use
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


class Embedding:
    """Gives each data file of the experiments a name within the project; files that are gone keep theirs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}
        self.members: dict[str, bytes] = {}
        self.table: dict[str, dict[str, str]] = {}  # by member: name, place and SHA-256 of the file
        self.gone: list[str] = []

    def inside(self, experiment: Experiment) -> Experiment:
        """The experiment that names members instead of files."""
        return moved(experiment, self._inside)

    def _inside(self, path: str) -> str:
        if path not in self._names:
            try:
                found, digest = _content(path, _state(path))
            except (OSError, ValueError):
                self.gone.append(Path(path).name)
                self._names[path] = path
                return path
            suffix = Path(path).suffix.lower()
            member = f"data/{len(self.members) + 1}{suffix if _SUFFIX.fullmatch(suffix) else '.dat'}"
            self._names[path], self.members[member] = member, found
            self.table[member] = {"name": Path(path).name, "path": _from(self._folder, path), "sha256": digest}
        return self._names[path]


class Unpacking:
    """Finds the files of a project's members: the originals where they are unchanged, else copies that are written once
    to ``cache``, by their content. ``lost``: names of those that are nowhere."""

    def __init__(self, table: Mapping[str, Any], members: Mapping[str, memoryview], folder: Path, cache: Path) -> None:
        self._table, self._members, self._folder, self._cache = table, members, folder, cache
        self._places: dict[str, str] = {}
        self.lost: list[str] = []

    def outside(self, path: str) -> str:
        """Of what an experiment in the project names, the file."""
        if not path.startswith("data/"):
            return path if os.path.isabs(path) else os.path.normpath(self._folder / path)
        if path not in self._places:
            self._places[path] = self._place(path)
            if not self._places[path]:
                self.lost.append(f"the data file {self.name(path)}")
        return self._places[path] or str(self._cache / "lost" / self.name(path))

    def nowhere(self, path: str) -> bool:
        """Whether there is no such file any more, neither in the project nor where it was."""
        if path.startswith("data/"):
            return not self._place(path)
        return not os.path.isfile(self.outside(path))

    def name(self, path: str) -> str:
        """That of the original, made harmless."""
        name = os.path.basename(str(self._told(path).get("name", path)).replace("\\", "/"))
        good = name.isprintable() and 0 < len(name.encode(errors="replace")) < 200 and not name.startswith(".")
        return name if good else path.rpartition("/")[2]

    def _told(self, member: str) -> Mapping[str, Any]:
        told = self._table.get(member)
        return told if isinstance(told, dict) else {}

    def _place(self, member: str) -> str:
        """Empty for nowhere. Raises Wrong where a copy cannot be written."""
        told, found = self._told(member), self._members.get(member)
        original = os.path.normpath(self._folder / str(told.get("path", ""))) if told.get("path") else ""
        size = None if found is None else len(found)
        if original and _same(original, str(told.get("sha256", "")), size):
            return original
        return _copied(bytes(found), self.name(member), self._cache) if found is not None else ""


def cache() -> Path:
    """Where copies are kept."""
    place = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(place) if os.path.isabs(place) else Path.home() / ".cache"
    return home / "rewire" / "data"


def _copied(found: bytes, name: str, cache: Path) -> str:
    """The path of a file of this content. Raises Wrong where none can be written."""
    folder = cache / hashlib.sha256(found).hexdigest()[:32]
    place = folder / name
    if not (place.is_file() and place.stat().st_size == len(found) and place.read_bytes() == found):
        made(folder)
        write_atomically(place, found)
        clear(folder.parent.iterdir())
    with suppress(OSError):
        os.utime(folder)
    return str(place)


def clear(folders: Iterable[Path]) -> None:
    """Remove copies that nobody has used for long."""
    for folder in folders:
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > KEPT_FOR:
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()


def _same(path: str, digest: str, size: int | None) -> bool:
    """Whether the file there has this content."""
    try:
        state = _state(path)
        return (size is None or state[1] == size) and _content(path, state)[1] == digest
    except (OSError, ValueError):
        return False


def _state(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)  # it is asked for at each autosave
def _content(path: str, state: tuple[int, int]) -> tuple[bytes, str]:
    """Content and SHA-256. Raises OSError, and ValueError for what is too large."""
    found = content(path, MAX_BYTES)
    return found, hashlib.sha256(found).hexdigest()


def _from(folder: Path, path: str) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive on Windows
        return path
