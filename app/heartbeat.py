"""The one clock of the window: takes the newest snapshot, moves t, draws what changed; collects garbage.

Python collects garbage on whichever thread allocates; Qt objects in cycles that are collected on the engine thread
crash the program. So automatic collection is off and the GUI thread collects, between two beats.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 16
FRAME = 0.030  # seconds between two drawings of one part, at least; the moving picture is drawn at every beat
#: The same while the engine trains: painting holds the interpreter that the training needs between its calls, so
#: the moving picture keeps 30 frames a second and everything else follows a slower clock.
BUSY_FRAME = 0.030
BUSY_REST = 0.40
PATIENCE = 0.10  # seconds that another part waits behind the moving picture
COLLECT_MS = 1000


class Heartbeat(QObject):
    """``pull`` takes news and says whether there are any; ``step(dt)`` moves t and says whether it moved.

    ``parts`` are drawn one per beat, so that no beat is long; the first is the moving picture. ``busy`` says whether
    the engine trains. ``late`` is for the benchmark: it gets the lateness of every beat in seconds.
    """

    def __init__(
        self,
        pull: Callable[[], bool],
        step: Callable[[float], bool],
        parts: dict[str, Callable[[], None]],
        busy: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._pull, self._step, self._parts, self._busy = pull, step, parts, busy
        self._moving = next(iter(parts))
        self._asked: dict[str, float] = {}  # the parts that are to be drawn, and since when
        self._drawn = dict.fromkeys(parts, 0.0)
        self._last = time.monotonic()
        self._due = 0.0
        self.late: Callable[[float], None] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self.beat)
        self._collector = QTimer(self)
        self._collector.setInterval(COLLECT_MS)
        self._collector.timeout.connect(gc.collect)

    def start(self) -> None:
        gc.collect()
        gc.freeze()
        gc.disable()
        self._last = time.monotonic()
        self._due = self._last + BEAT_MS / 1000
        self._timer.start()
        self._collector.start()

    def stop(self) -> None:
        self._timer.stop()
        self._collector.stop()
        gc.enable()
        gc.unfreeze()

    @staticmethod
    def settle() -> None:
        """Once torch has been imported: its 250,000 objects live for ever and must not be looked at each second.

        No collection before it, which would take a tenth of a second: what little garbage there is stays.
        """
        gc.freeze()

    def ask(self, *parts: str) -> None:
        """Draw these parts (all, if none is named) at the next beats."""
        for part in parts or self._parts:
            self._asked.setdefault(part, time.monotonic())

    def beat(self) -> None:
        now = time.monotonic()
        if self.late is not None:
            self.late(max(0.0, now - self._due))
        self._due = now + BEAT_MS / 1000
        dt, self._last = now - self._last, now
        if self._pull():
            self.ask()
        if self._step(min(dt, 0.1)):
            self.ask(self._moving)
        busy, now = self._busy(), time.monotonic()
        waits: dict[str, float] = {}
        for part, since in self._asked.items():
            moves = part == self._moving
            pause = (0.0 if moves else FRAME) if not busy else BUSY_FRAME if moves else BUSY_REST
            due = max(since, self._drawn[part] + pause)
            if now >= due:
                waits[part] = now - due
        if waits:  # the moving picture, unless it is slower than its pause and thereby holds another part up
            part = max(waits, key=waits.__getitem__)
            if self._moving in waits and waits[part] < PATIENCE:
                part = self._moving
            del self._asked[part]
            self._drawn[part] = now
            self._parts[part]()
