"""Reading beside the window: one file at a time in a thread of its own, and the newest is the one that counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from engine.matching.uninterruptible import READING
from engine.parts import Wrong
from engine.reading.apart import Ended, endable
from engine.reading.limits import brief
from engine.wording import short

PATIENCE = 0.5  # seconds that closing waits for what was told to end
EVERY = 15  # ms between two looks at whether it is done
T = TypeVar("T")


class Job(threading.Thread):
    """Reads one file; afterwards it holds a result, which is for ``then``, or a problem."""

    def __init__(self, end: str, path: str, read: Callable[[], T], then: Callable[[T], None]) -> None:
        super().__init__(name=READING, daemon=True)
        self.end, self.path, self.then, self._read = end, path, then, read
        self.given_up = threading.Event()
        self.result: T | None = None
        self.problem: Wrong | None = None

    def run(self) -> None:
        try:
            with endable(self.given_up):
                self.result = self._read()
        except Ended:
            return  # and nobody asks for a result
        except Wrong as wrong:
            self.problem = wrong
        except Exception as error:  # whatever a file may hold, the window goes on
            self.problem = Wrong("", f"{short(Path(self.path).name)} cannot be read ({brief(error)})")


class Jobs(QObject):
    """Starts a job and ends the one before; a timer of this thread tells when it is over."""

    over = Signal(object)  # the Job, with its result or problem

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job: Job | None = None
        self._old: list[Job] = []  # cancelled, but still reading
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._pull)

    def start(self, job: Job) -> None:
        self.cancel()
        self.job = job
        job.start()
        self._timer.start()

    def cancel(self) -> Job | None:
        """Forget what is being read, and end what reads it."""
        job, self.job = self.job, None
        if job is not None:
            job.given_up.set()
            self._old = [old for old in (*self._old, job) if old.is_alive()]
            self._timer.stop()
        return job

    def close(self) -> None:
        """End what is being read. What cannot be ended, a disk that does not answer say, is not waited for."""
        self.cancel()
        until = time.monotonic() + PATIENCE
        for job in self._old:
            job.join(max(0.0, until - time.monotonic()))
        self._old = []

    def _pull(self) -> None:
        job = self.job
        if job is None or job.is_alive():
            return
        self._timer.stop()
        self.job = None
        self.over.emit(job)
