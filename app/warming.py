"""What holds first openings up is done before, a little at a time, while nobody touches anything."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QApplication

from app import presets
from app.canvas.depth import Depth, NoOpenGL
from app.controller import Controller
from app.picker.entries import of_presets

LOOK = 400  # ms between two looks whether a hand rests; each step takes some hundredths of a second
#: What dialogs need, in pieces: each brings the ones that it imports.
MODULES = (
    *("PIL.Image", "app.export.queue", "app.export.reel", "app.export.job", "app.export.gathering"),
    *("app.export.clip_list", "app.export.picture_sheet", "app.export.film_sheet", "app.export.data_sheet"),
    *("app.export.slide_sheet", "app.export.dialog", "app.picker.dialog"),
)

log = logging.getLogger("rewire")


class Warming(QObject):
    """Begins once a flow has been seen, goes on while cursor, experiment and look rest, and is over after its steps."""

    def __init__(self, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._steps = steps()
        self._seen: object = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self.beat)
        self._timer.start()

    @property
    def over(self) -> bool:
        return not self._timer.isActive()

    def beat(self) -> None:
        """One step, if nothing has been touched since the last look."""
        document, before = self._controller.document, self._seen
        self._seen = QCursor.pos().toTuple(), document.experiment, document.look.calm, document.drawing is None
        busy = QGuiApplication.mouseButtons() or QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if busy or self._seen != before or not self._shown():
            return
        step = next(self._steps, None)
        if step is None:
            self._timer.stop()
            return
        try:
            step()
        except NoOpenGL:
            pass  # who opens a view in space is told
        except Exception:  # it will be told where it is needed
            log.exception("a step beforehand failed")

    def _shown(self) -> bool:
        """Whether there is a picture of a flow to look at meanwhile."""
        snapshot = self._controller.snapshot
        return snapshot is not None and len(snapshot.rounds) > 1 and self._controller.current


def steps() -> Iterator[Callable[[], object]]:
    """In the order in which they will be missed."""
    depth = Depth.warm()
    for _ in range(Depth.STEPS):
        yield lambda: next(depth, None)
    for name in MODULES:
        yield lambda name=name: importlib.import_module(name)
    yield lambda: of_presets(presets.offered())
