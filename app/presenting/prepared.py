"""Rounds of a lesson that were trained beforehand, in the user's cache: no step waits for its training.

A process of its own trains what is missing (``main.py lessons prepare``), a few steps ahead of the one on show.
"""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from app.lessons.lesson import Lesson
from app.lessons.preparing import found, ready
from app.presenting.aside import begun, forget
from engine.rounds.kept import Kept

LOOK = 1000  # ms between two looks into the cache
PATIENCE = 2.0  # seconds for a disk that does not answer
NICE = 15  # it gives way to whatever the window does


class Prepared(QObject):
    """``changed``: another step is ready."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lesson: Lesson | None = None
        self._rounds: dict[int, tuple[Kept, ...]] = {}
        self._told = 0  # how many of them anybody knows of
        self._reader: threading.Thread | None = None
        self._process: QProcess | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self._read)

    def begin(self, lesson: Lesson) -> None:
        self.stop()
        self._lesson, self._rounds, self._told = lesson, {}, 0
        self._timer.start()
        self._read()

    def train(self, name: str) -> None:
        """Train what is missing of a lesson that comes with the program, in a process of its own."""
        if self._process is not None or self._lesson is None or all(ready(step) for step in self._lesson.steps):
            return
        words = ["lessons", "prepare", name, "--device", "cpu"]
        self._process = begun(self, NICE, words, lambda status: self._ended())

    def _ended(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        self._read()

    def stop(self) -> None:
        self._timer.stop()
        if self._process is not None:
            process, self._process = self._process, None
            forget(process)
            process.kill()
            process.waitForFinished(2000)
        self._lesson = None  # and its reader ends with the file that it is at

    def close(self) -> None:
        """The program ends."""
        self.stop()
        if self._reader is not None:
            self._reader.join(PATIENCE)
            self._reader = None

    def rounds(self, at: int) -> tuple[Kept, ...]:
        """Those of this step; none where it was not prepared. What the reader has not come to yet is read at once,
        in a few hundredths of a second."""
        if at not in self._rounds and self._lesson is not None and (kept := found(self._lesson.steps[at])) is not None:
            self._rounds[at] = kept
        return self._rounds.get(at, ())

    def ready(self, at: int) -> bool:
        """Whether the step need not wait."""
        return at in self._rounds

    def _read(self) -> None:
        if self._lesson is None or (self._reader is not None and self._reader.is_alive()):
            return
        if len(self._rounds) != self._told:
            self._told = len(self._rounds)
            self.changed.emit()
        if len(self._rounds) == len(self._lesson.steps):
            self._timer.stop()
            return
        lesson, rounds = self._lesson, self._rounds

        def read() -> None:
            for at, step in enumerate(lesson.steps):
                if self._lesson is not lesson:
                    return
                if at not in rounds and (kept := found(step)) is not None:
                    rounds[at] = kept

        self._reader = threading.Thread(target=read, name="prepared lesson", daemon=True)
        self._reader.start()
