"""The mouse on a plane, for the tool that the document has in hand."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.canvas.plane import Plane
from app.document import Document


class Hand(QObject):
    """Asks the tool for the next canvas at every press, move and release, and while the button is held still."""

    def __init__(self, document: Document, plane: Plane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._plane = document, plane
        self._at: tuple[float, float] | None = None  # of the cursor; None: elsewhere
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        document.drawing_changed.connect(self._follow)

    def press(self, x: float, y: float) -> None:
        self._at = (x, y)
        if (now := self._document.drawing) is not None:
            self._document.draw(now.tool.press(now.canvas, self._at, self._plane.unit))

    def move(self, x: float, y: float) -> None:
        self._at = (x, y)
        if (now := self._document.drawing) is not None:
            self._document.draw(now.tool.move(now.canvas, self._at, self._plane.unit))
        self._show()

    def release(self) -> None:
        self._document.finish()

    def leave(self) -> None:
        self._at = None
        self._show()

    def _tick(self) -> None:
        if (now := self._document.drawing) is not None:
            self._document.draw(now.tool.tick(now.canvas))

    def _follow(self) -> None:
        now = self._document.drawing
        if (now is not None) != (self._plane.tool is self):
            self._plane.tool = None if now is None else self
        pulse = now.tool.pulse if now is not None and now.canvas.at is not None else 0.0
        if not pulse:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(round(1000 * pulse))
        self._show()

    def _show(self) -> None:
        """The ring: a turned knob may change it under a cursor that rests."""
        now = self._document.drawing
        there = now is not None and self._at is not None
        self._plane.show_ring(now.tool.hover(now.canvas, self._at, self._plane.unit) if there else None)
