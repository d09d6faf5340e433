"""Exports one after another, each in a process of its own, while the window goes on."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from app.export.aside import START, packed
from app.export.job import Job
from app.export.whole import drop
from app.scene.numbers import count

ROOT = str(Path(__file__).resolve().parents[2])
PATIENCE = 3000  # ms that one that is not wanted has to put its things away
AHEAD = 2**20  # bytes that wait for it to read them
NAMED = 3  # exports, in a question
CALM = 0.4  # seconds of frames before their pace tells anything


@dataclass(eq=False)
class Entry:
    """One export. ``state``: waits, asks (something that it shows is not known yet), works, done, failed, cancelled."""

    job: Job
    state: str = "waits"
    words: str = ""  # once it has ended
    done: int = 0
    of: int = 0
    begun: float = 0.0  # a time.monotonic(), of its first frame
    ready: bool = True  # all that it shows is known
    first: int = field(default=0)

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def share(self) -> float:
        return self.done / self.of if self.of else 0.0

    @property
    def seconds_left(self) -> float | None:
        """None as long as there is no telling."""
        took, made = time.monotonic() - self.begun, self.done - self.first
        if self.state != "works" or not self.begun or not made or took < CALM:
            return None
        return took / made * (self.of - self.done)

    def told(self) -> str:
        """How it stands, in words."""
        if self.ended:
            return self.words
        if self.state == "asks":
            return f"{self.job.path.name}: waits for {self.words}"
        if self.state == "waits":
            return f"{self.job.path.name}: waits for its turn"
        left = self.seconds_left
        frames = f"{self.done} of {self.of} frames" if self.of else "begins"
        return f"{self.job.path.name}: {frames}" + (f", {_time(left)} left" if left is not None else "")


def _time(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 90 else f"{round(whole / 60)} min"


class Queue(QObject):
    """``changed`` whenever anything has; ``ended`` with the entry."""

    changed = Signal()
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self._process: QProcess | None = None
        self._at_work: Entry | None = None
        self._input: Iterator[bytes] = iter(())  # what it has not been given yet
        self._heard = b""
        self._last: dict[str, object] = {}
        self._impatience = QTimer(self)
        self._impatience.setSingleShot(True)
        self._impatience.setInterval(PATIENCE)
        self._impatience.timeout.connect(self._kill)

    @property
    def busy(self) -> bool:
        return any(not entry.ended for entry in self.entries)

    def unfinished(self) -> str:
        """What would not be written if it ended now, in a sentence; empty where all is."""
        names = [entry.job.path.name for entry in self.entries if not entry.ended]
        if not names:
            return ""
        more = f" and {count(len(names) - NAMED)} more" if len(names) > NAMED else ""
        return f"Nothing is written of exports that are not finished: {', '.join(names[:NAMED])}{more}."

    def add(self, job: Job, ready: bool = True) -> Entry:
        """Make this when its turn comes and, unless it is ``ready``, ``go`` has been said."""
        entry = Entry(job, "waits" if ready else "asks", ready=ready)
        self.entries.append(entry)
        self._next()
        self.changed.emit()
        return entry

    def asks(self, entry: Entry, words: str) -> None:
        """It still waits for this."""
        if entry.words != words:
            entry.words = words
            self.changed.emit()

    def go(self, entry: Entry, job: Job) -> None:
        """All is known, and in this job."""
        if entry.state == "asks":
            entry.job, entry.ready, entry.state, entry.words = job, True, "waits", ""
            self._next()
            self.changed.emit()

    def cancel(self, entry: Entry, why: str = "") -> None:
        """Nothing is left of it. ``why``: it has failed, and this is told."""
        if entry.ended:
            return
        entry.words = why
        if entry is self._at_work:
            entry.state = "cancelled"
            entry.words = f"{entry.job.path.name}: cancelled; nothing was written"
            self._input = iter(())
            self._process.closeWriteChannel()
            self._impatience.start()
        else:
            self._end(entry, "failed" if why else "cancelled", why or f"{entry.job.path.name}: cancelled")
        self.changed.emit()

    def clear(self) -> None:
        """Forget those that have ended."""
        self.entries = [entry for entry in self.entries if not entry.ended or entry is self._at_work]
        self.changed.emit()

    def close_down(self) -> None:
        """End everything now; nothing broken is left."""
        for entry in self.entries:
            if not entry.ended:
                entry.state = "cancelled"
        self._impatience.stop()
        if self._process is not None:
            process, entry = self._process, self._at_work
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(PATIENCE)
            drop(entry.job.scratch)
            process.deleteLater()
            self._process = self._at_work = None
            self._input = iter(())

    # one process

    def _next(self) -> None:
        if self._process is not None:
            return
        entry = next((entry for entry in self.entries if entry.state == "waits"), None)
        if entry is None:
            return
        self._at_work, self._heard, self._last = entry, b"", {}
        entry.state = "works"
        self._process = process = QProcess(self)
        process.setProcessEnvironment(_surroundings())
        process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        process.readyReadStandardOutput.connect(self._hear)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed_to_start)
        process.start(sys.executable, ["-c", START, *dict.fromkeys((ROOT, *(path for path in sys.path if path)))])
        process.bytesWritten.connect(self._feed)
        self._input = packed(entry.job)
        self._feed()

    def _feed(self) -> None:
        """Give it more of the job, as fast as it reads."""
        while self._process is not None and self._process.bytesToWrite() < AHEAD:
            if not (piece := next(self._input, b"")):
                break
            self._process.write(piece)

    def _hear(self) -> None:
        *lines, self._heard = (self._heard + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        entry = self._at_work
        for line in lines:
            self._last = told = json.loads(line)
            if "done" in told:
                if not entry.begun:
                    entry.begun, entry.first = time.monotonic(), told["done"]
                entry.done, entry.of = told["done"], told["of"]
        if lines:
            self.changed.emit()

    def _finished(self) -> None:
        if self._process is None:
            return
        self._hear()
        self._impatience.stop()
        entry, told = self._at_work, self._last
        self._process.deleteLater()
        self._process = self._at_work = None
        if "said" in told:
            entry.done = entry.of
            self._end(entry, "done", str(told["said"]))
        else:
            drop(entry.job.scratch)
            if entry.state == "cancelled":
                self._end(entry, "cancelled", entry.words)
            else:
                name = entry.job.path.name
                self._end(entry, "failed", str(told.get("wrong", f"{name}: the process that made it has ended")))
        self._next()
        self.changed.emit()

    def _failed_to_start(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._last = {"wrong": f"{self._at_work.job.path.name}: no process could be started for it"}
            self._finished()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _end(self, entry: Entry, state: str, words: str) -> None:
        entry.state, entry.words = state, words
        self.ended.emit(entry)


def _surroundings() -> QProcessEnvironment:
    """One thread for numpy and for training, beside the window; no display."""
    made = QProcessEnvironment.systemEnvironment()
    for name, value in os.environ.items():
        made.insert(name, value)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "REWIRE_THREADS"):
        made.insert(name, "1")
    made.insert("QT_QPA_PLATFORM", "offscreen")
    return made
