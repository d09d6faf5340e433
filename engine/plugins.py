"""Plug-ins, files of a user's own parts: where they are found, whether they may be loaded, and what went wrong.

A plug-in is a file NAME.py, or a folder NAME with an ``__init__.py``, in the user's folder of plug-ins or named by the
variable REWIRE_PLUGINS; or a package that was installed with an entry point of the group ``rewire.parts``. The file is
the module ``rewire_plugins.NAME`` in every process, so that its parts travel to the workers of a sweep.

Nothing that a spec file says makes code load: a spec names plug-ins, and they are there or not.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

from engine.parts import Wrong

VARIABLE = "REWIRE_PLUGINS"
GROUP = "rewire.parts"
PACKAGE = "rewire_plugins"

_known: dict[str, Plugin] = {}
_complaints: list[str] = []
_lock = RLock()


@dataclass(eq=False)
class Plugin:
    """One plug-in: its name in specs, the module that is imported, and where that comes from."""

    name: str
    module: str
    file: Path | None = None
    point: Any = None  # the entry point
    asked: bool = False  # its import was tried
    problem: str = ""  # why it is not there, in one sentence

    @property
    def place(self) -> str:
        """For people: the file, or the installed package."""
        if self.file is not None:
            return str(self.file)
        dist = self.point.dist
        return f"package {dist.name} {dist.version}" if dist else f"package {self.module}"

    def holds(self, module: str) -> bool:
        """Whether this module is a piece of it; of an installed package it is any module."""
        root = self.module if self.file is not None else self.module.partition(".")[0]
        return module == root or module.startswith(f"{root}.")

    def files(self) -> list[Path]:
        """What is run when it is imported, as far as it is known to us."""
        if self.file is None:
            return []
        return sorted(self.file.rglob("*.py")) if self.file.is_dir() else [self.file]

    def digest(self) -> str:
        """Two that differ may give other numbers: SHA-256 of the files, or name and version of a package."""
        content = [f"{path.name}\0".encode() + path.read_bytes() for path in self.files()]
        return hashlib.sha256(b"\0".join(content)).hexdigest() if content else self.place


def folder() -> Path:
    """The user's folder of plug-ins, which need not exist."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        settings = os.environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming")
    elif sys.platform == "darwin":
        settings = os.path.join(home, "Library", "Application Support")
    else:
        settings = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    return Path(settings, "rewire", "plugins")


def load(forget: Callable[[Plugin], None]) -> None:
    """Import every plug-in that was not tried yet. ``forget`` takes back what a failed one has registered."""
    with _lock:
        _look()
        for plugin in list(_known.values()):
            if not plugin.asked:
                plugin.asked = True  # first: its own import may ask for parts
                plugin.problem = plugin.problem or _imported(plugin)
                if plugin.problem:
                    forget(plugin)
                    _complaints.append(plugin.problem)


def add(path: str | os.PathLike[str], forget: Callable[[Plugin], None]) -> None:
    """Load a plug-in, or a folder of them, here and in the processes that this one starts. One that was loaded before
    is read anew. Raises Wrong."""
    place = Path(path).expanduser().absolute()
    load(forget)
    with _lock:
        for plugin in list(_known.values()):
            if plugin.file and place in (plugin.file, plugin.file.parent):
                forget(plugin)
                for module in [module for module in sys.modules if plugin.holds(module)]:
                    del sys.modules[module]
                del _known[plugin.name]
        before = len(_complaints)
        _search([place])
        load(forget)
        told = _complaints[before:]
        del _complaints[before:]
    if told:
        raise Wrong("", told[0])
    if place not in _named():
        os.environ[VARIABLE] = os.pathsep.join([*map(str, _named()), str(place)])


def complaints() -> tuple[str, ...]:
    """A sentence for each plug-in that was found and is not there."""
    return tuple(_complaints)


def owner(module: str) -> Plugin | None:
    """The plug-in that a module is a piece of."""
    found = [plugin for plugin in _known.values() if plugin.holds(module)]
    return min(found, key=lambda plugin: not module.startswith(plugin.module), default=None)


def missing(name: str) -> str:
    """Why parts of the plug-in of this name cannot be had, in words that follow its name; empty where they can."""
    plugin = _known.get(name)
    if plugin is None:
        file = f"put {name}.py into {folder()}, or " if name.isidentifier() else ""
        return f"is not installed; {file}install the package that brings it"
    return f"is there, but cannot be used: {plugin.problem}" if plugin.problem else ""


def _named() -> list[Path]:
    return [Path(place).expanduser().absolute() for place in os.environ.get(VARIABLE, "").split(os.pathsep) if place]


def _installed() -> tuple[Any, ...]:
    """The entry points of our group. Reading all of them takes a twentieth of a second of the window's start, so the
    few files that they stand in are looked at first."""
    for folder in sys.path:
        for file in Path(folder or ".").glob("*.*-info/entry_points.txt"):
            if GROUP in file.read_text(encoding="utf-8", errors="replace"):
                from importlib.metadata import entry_points

                return tuple(entry_points(group=GROUP))
    return ()


@cache
def _look() -> None:
    """Search everywhere, once."""
    _search([*_named(), *([folder()] if folder().is_dir() else [])])
    for point in _installed():
        _note(Plugin(point.name, point.module, point=point))


def _search(places: Sequence[Path]) -> None:
    for place in places:
        try:
            found = [place] if _is_plugin(place) else sorted(filter(_is_plugin, place.iterdir()))
        except OSError as error:
            _complaints.append(f"plug-in {place}: cannot be read ({error.strerror})")
            continue
        if not found and place != folder():
            _complaints.append(f"plug-in {place}: is neither a file NAME.py nor a folder that holds one")
        for file in found:
            if file.stem.isidentifier():
                _note(Plugin(file.stem, f"{PACKAGE}.{file.stem}", file, problem=_open_to_others(file)))
            else:
                _complaints.append(f"plug-in {file}: its name must be made of letters, digits and _")


def _is_plugin(path: Path) -> bool:
    if path.name.startswith(("_", ".")):
        return False
    return (path / "__init__.py").is_file() if path.is_dir() else path.suffix == ".py" and path.exists()


def _note(plugin: Plugin) -> None:
    other = _known.setdefault(plugin.name, plugin)
    if other is not plugin and other.place != plugin.place:
        _complaints.append(f"plug-in {plugin.name} is there twice; {other.place} is used, not {plugin.place}")


def _imported(plugin: Plugin) -> str:
    """Import it; what went wrong in one sentence, or nothing."""
    try:
        plugin.point.load() if plugin.point else importlib.import_module(plugin.module)
    except (Exception, SystemExit) as error:  # whatever it is, the program goes on without it
        told = " ".join(str(error).split())
        told = f"{type(error).__name__}: {told}" if told else type(error).__name__
        return (
            f"plug-in {plugin.name} ({plugin.place}) cannot be loaded: {told if len(told) <= 200 else told[:199] + '…'}"
        )
    return ""


def _open_to_others(file: Path) -> str:
    """Refuses in one sentence what other users of the machine may change: it would be their code that runs."""
    if os.name != "posix":
        return ""
    for path in _written_to(file):
        try:
            mode = path.stat().st_mode
        except OSError as error:
            return f"plug-in {file.stem} ({file}) cannot be read ({error.strerror})"
        if mode & (stat.S_IWGRP | stat.S_IWOTH) and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
            return f"plug-in {file.stem} is not loaded, because others may write to {path}; chmod go-w {path}"
    return ""


def _written_to(file: Path) -> Iterator[Path]:
    """All that decides what its import runs: files, folders, and what links lead to."""
    for path in (file, *(file.rglob("*") if file.is_dir() else ())):
        yield from (path.parent, path.resolve(), path.resolve().parent)


class _Source(SourceFileLoader):
    """Compiles anew each time: a file may be edited and added again within a second, and nothing is written beside."""

    def path_stats(self, path: str) -> dict[str, float]:
        raise OSError(f"no bytecode of {path} is kept")


class _Finder(MetaPathFinder):
    """Finds the modules of plug-ins by name alone: an unpickled part may be the first that a worker hears of one."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == PACKAGE:
            return ModuleSpec(PACKAGE, None, is_package=True)
        if fullname.rpartition(".")[0] != PACKAGE:
            return None
        _look()
        plugin = _known.get(fullname.rpartition(".")[2])
        if plugin is None or plugin.file is None or plugin.problem:
            return None
        file = plugin.file / "__init__.py" if plugin.file.is_dir() else plugin.file
        return spec_from_file_location(fullname, file, loader=_Source(fullname, str(file)))


sys.meta_path.append(_Finder())
