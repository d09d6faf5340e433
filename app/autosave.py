"""Work that nobody has saved, saved by itself: in the background, to a file of this process alone."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app import logbook
from app.keeping import Keeping
from app.saving import Saving
from engine.parts import Wrong
from engine.projects.project import SUFFIX, Project
from engine.projects.writer import write
from engine.rounds.kept import Kept
from engine.writing import SCRATCH, made

EVERY = 20.0  # seconds between two, while something changes
MOST = 30.0  # seconds from one to the next, however long it took; and after one that failed
SOON = 2.0  # seconds between two, where a round was finished
SHARE = 20  # and so many times as long as writing the last one took
TICK = 500  # ms
LOCKED = ".lock"


class Autosave(QObject):
    """``unsaved`` tells what would be lost, something that equals itself as long as it is the same, and first of it the
    rounds that are finished; None where nothing would be. Given rounds, it tells this as they have it. A finished round
    is saved at once.

    The lock beside the file is held as long as this process lives: a file whose lock is free is a crash's.
    """

    failed = Signal(str)

    def __init__(self, keeping: Keeping, unsaved: Callable[..., tuple | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keeping, self._unsaved, self._saving = keeping, unsaved, Saving(self)
        self._begun = self._due = self._soon = time.monotonic()  # soon: where a round was finished
        self._file: Locked | None = None
        self._older: Locked | None = None  # what was recovered, until it is saved anew
        self._in_work: Locked | None = None  # what is being written into
        self._documents = 0  # that were forgotten: what is under way for one of them is not kept
        self._saved: tuple | None = None
        self._complained = self._waits = self._spared = False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        self._timer.start()

    def tick(self) -> None:
        """Begin one, if it is time."""
        state = self._unsaved()
        if state is None or state == self._saved or self._waits or self._saving.busy:
            return
        finished = bool(state[0]) and (self._saved is None or state[0] != self._saved[0])
        now = time.monotonic()
        if now >= self._due or (finished and now >= self._soon):
            self._waits, self._begun, self._soon = True, now, now + SOON
            at = self._documents
            self._keeping.ask(lambda made, rounds: self._write(made, at, rounds), spare=True)

    def adopt(self, older: Locked) -> None:
        """This crash's file stays until there is one of our own, or a save."""
        self._older = older

    def spare(self) -> None:
        """It is damaged, and has what no file of our own will have: it stays until a save."""
        self._spared = True

    def forget(self) -> None:
        """There is nothing to be lost any more."""
        self._documents += 1
        self._saved, self._due = None, time.monotonic() + EVERY
        for file in (self._file, self._older):
            if file is not None and file is not self._in_work:  # that one goes when it is written
                file.remove()
        self._file = self._older = None
        self._spared = False

    def close(self, keep: bool) -> None:
        self._timer.stop()
        self._saving.close()
        if keep:
            for file in (self._file, self._older):
                if file is not None:
                    file.release()
        else:
            self.forget()

    def _write(self, made: Callable[[], Project], at: int, rounds: tuple[Kept, ...] | None) -> None:
        self._waits = False
        state = self._unsaved(rounds)  # as it is written: they may have gone on since
        if at != self._documents or state is None:
            return
        path = state[1]
        document = str(path) if path is not None else ""
        file, took = self._file, 0.0
        self._in_work = file

        def work() -> str:
            nonlocal file, took
            began = time.monotonic()
            if file is None:
                file = Locked.new(folder())
            told = write(replace(made(), document=document), file.path, backup=False)
            took = time.monotonic() - began
            return told

        def then(told: str, trouble: str) -> None:
            self._in_work = None
            if at == self._documents:
                self._file = file
                self._end(state, trouble, rounds is not None, took)
            elif file is not None:
                file.remove()

        self._saving.write(work, then)

    def _end(self, state: tuple, trouble: str, whole: bool, took: float) -> None:
        self._due = self._begun + min(MOST, max(EVERY, SHARE * took))
        if trouble:
            self._due = self._soon = time.monotonic() + MOST
            if not self._complained:
                self.failed.emit(f"Unsaved work cannot be kept by itself: {trouble}")
            self._complained = True
            return
        self._complained, self._saved = False, state
        if self._older is not None and whole and not self._spared:
            self._older.remove()
            self._older = None
        if self._unsaved() is None:  # saved or left meanwhile
            self.forget()


@dataclass(frozen=True, eq=False)
class Locked:
    """A file of its own, and the lock beside it."""

    path: Path
    lock: Any

    @classmethod
    def new(cls, folder: Path) -> Locked:
        """Raises Wrong."""
        made(folder)
        with suppress(OSError):
            os.chmod(folder, 0o700)
        found = cls.held(folder / f"{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}")
        if found is None:
            raise Wrong(str(folder), "cannot be locked")
        return found

    @classmethod
    def held(cls, path: Path) -> Locked | None:
        """None where another process holds it."""
        from filelock import FileLock, Timeout

        lock = FileLock(path.with_suffix(LOCKED), timeout=0, thread_local=False)
        try:
            lock.acquire()
        except (Timeout, OSError, NotImplementedError):
            return None
        return cls(path, lock)

    def release(self) -> None:
        self.lock.release()

    def remove(self) -> None:
        """Both; the name is never used again."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.lock.release()
        with suppress(OSError):
            self.path.with_suffix(LOCKED).unlink(missing_ok=True)


def folder() -> Path:
    """Where they are."""
    return logbook.place().parent / "autosave"


def abandoned(place: Path | None = None) -> list[Locked]:
    """Those of processes that have ended without saying so, the newest first; they are held from now on."""
    place = place or folder()
    files = sorted(place.glob(f"*{SUFFIX}"), key=_when, reverse=True) if place.is_dir() else []
    found = [held for path in files if path.is_file() and (held := Locked.held(path)) is not None]
    _clear(place, {held.path for held in found})
    return found


def _clear(place: Path, ours: set[Path]) -> None:
    """Remove what else processes have left that were killed: half-written files, and locks of nothing."""
    for left in [*place.glob(f".*{SCRATCH}"), *place.glob(f"*{LOCKED}")] if place.is_dir() else ():
        name = re.match(r"\.?(\d+-[0-9a-f]+)\.", left.name)
        of = place / f"{name[1]}{SUFFIX}" if name else left
        if not name or (left.suffix == LOCKED and of.exists()):
            continue
        if of in ours:
            left.unlink(missing_ok=True)
        elif (held := Locked.held(of)) is not None:
            left.unlink(missing_ok=True)
            held.release() if of.exists() else held.remove()


def _when(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
