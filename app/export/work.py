"""One piece of work beside the window: what is large is painted and written while everything goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.plain_text import sentence
from engine.parts import Wrong, reason

EVERY = 30  # ms between two looks at whether it is done
PATIENCE = 5.0  # seconds that closing waits for it
log = logging.getLogger("rewire")


class Work(QObject):
    """``done`` when it is, ``failed`` with a sentence where it cannot be."""

    done = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._problem = ""
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._pull)

    @property
    def busy(self) -> bool:
        return self._thread is not None

    def begin(self, work: Callable[[], object]) -> None:
        """Only while it is not ``busy``."""
        self._problem = ""
        self._thread = threading.Thread(target=self._run, args=(work,), name="export")
        self._thread.start()
        self._timer.start()

    def finish(self) -> None:
        """Wait for it, but not for ever, and hear of it no more."""
        self._timer.stop()
        if self._thread is not None:
            self._thread.join(PATIENCE)  # no daemon: the program ends when what has begun is written
            self._thread = None

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Wrong as wrong:
            self._problem = sentence(Wrong("", str(wrong)))
        except Exception as error:
            log.exception("an export failed")
            self._problem = f"This cannot be made ({reason(error)})."

    def _pull(self) -> None:
        if self._thread is None or self._thread.is_alive():
            return
        self.finish()
        self.failed.emit(self._problem) if self._problem else self.done.emit()
