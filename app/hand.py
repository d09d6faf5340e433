"""The mouse on the left panel, for the tool that the document has in hand."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from app.canvas.plane import Plane
from app.canvas.space import Space
from app.document import Document
from app.stage import Stage
from app.tools.tool import Canvas


class Hand(QObject):
    """Asks the tool for the next canvas at every press, move and release, and while the button is held still."""

    exclusive = True  # nobody else gets the left button
    pressure = 1.0  # of a pen

    def __init__(self, document: Document, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._stage = document, stage
        self._plane: Plane | Space = stage.interpolation
        self._at: tuple[float, float] | None = None  # of the cursor; None: elsewhere
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        document.drawing_changed.connect(self._follow)
        stage.panes.rearranged.connect(self._follow)

    def press(self, x: float, y: float) -> bool:
        """Whether the tool has taken hold of something, or has something to do there."""
        self._at = (x, y)
        if (now := self._document.drawing) is None:
            return False
        seen = now.tool.aimed(self._felt(now.canvas), self._plane.panel)
        self._document.draw(now.tool.press(seen, self._at, self._plane.unit))
        now = self._document.drawing
        return now is not None and now.canvas.at is not None

    def move(self, x: float, y: float) -> None:
        self._at = (x, y)
        if (now := self._document.drawing) is not None:
            held = self._felt(now.canvas) if now.canvas.at is not None else now.canvas
            self._document.draw(now.tool.move(held, self._at, self._plane.unit))
        self._show()

    def release(self) -> None:
        self._document.finish()

    def leave(self) -> None:
        self._at = None
        self._show()

    def _felt(self, canvas: Canvas) -> Canvas:
        return canvas if canvas.pressure == self.pressure else replace(canvas, pressure=self.pressure)

    def _tick(self) -> None:
        if (now := self._document.drawing) is not None:
            self._document.draw(now.tool.tick(now.canvas))

    def _follow(self) -> None:
        now = self._document.drawing
        first = self._stage.panes.shown[0]
        wanted = (
            first if now is not None and now.tool.spatial and isinstance(first, Space) else self._stage.interpolation
        )
        if wanted is not self._plane:
            if self._plane.tool is self:
                self._plane.tool = None
            self._plane = wanted
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
        if now is None or self._at is None:
            self._plane.show_ring(None)
            return
        seen = now.canvas if now.canvas.at is not None else now.tool.aimed(now.canvas, self._plane.panel)
        self._plane.show_ring(now.tool.hover(seen, self._at, self._plane.unit))
