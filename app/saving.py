"""Writing in the background: one file at a time, and nobody waits for the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from engine.parts import Wrong, reason

POLL = 15  # ms
PATIENCE = 20.0  # seconds that closing waits for a disk

Then = Callable[[str, str], object]  # (what is to be said, what went wrong), in a sentence each


class Saving(QObject):
    """Runs what writes in a thread of its own, and tells this thread how it went."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._next: list[Job] = []
        self._timer = QTimer(self)
        self._timer.setInterval(POLL)
        self._timer.timeout.connect(self._pull)

    @property
    def busy(self) -> bool:
        return self._job is not None

    def write(self, work: Callable[[], str], then: Then) -> None:
        """``work`` returns what is to be said, and raises Wrong; it comes after what is being written."""
        self._next.append(Job(work, then))
        self._begin()

    def close(self) -> None:
        """Wait for all that is to be written; no more is begun by a disk that takes too long."""
        end = time.monotonic() + PATIENCE
        while self._job is not None and (left := end - time.monotonic()) > 0:
            self._job.join(left)
            self._pull()
        self._next.clear()
        self._timer.stop()

    def _begin(self) -> None:
        if self._job is None and self._next:
            self._job = self._next.pop(0)
            self._job.start()
            self._timer.start()

    def _pull(self) -> None:
        if (job := self._job) is None or job.is_alive():
            return
        self._job = None
        self._timer.stop()
        job.then(job.told, job.trouble)
        self._begin()


class Job(threading.Thread):
    """One file. It is no daemon: what has begun is written to its end."""

    def __init__(self, work: Callable[[], str], then: Then) -> None:
        super().__init__(name="saving")
        self.then, self._work = then, work
        self.told = self.trouble = ""

    def run(self) -> None:
        try:
            self.told = self._work()
        except Wrong as wrong:
            self.trouble = f"{str(wrong).rstrip('.')}."
        except Exception as error:  # whatever a disk may do, the window goes on
            self.trouble = f"It cannot be saved ({reason(error)})."
