"""Clicks and lassos over a canvas: the same in the plane and in space."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.canvas.strokes import colour
from app.guard import guarded
from app.theme import Theme, load

CLICK = 4.0  # px that the cursor may move in a click


class Lasso(QWidget):
    """Glass over the canvas that lets every event through; its canvas tells it of presses, moves and releases."""

    picked = Signal(QPointF, bool)  # a click, and whether with Shift
    lassoed = Signal(list)  # the corners, QPointF

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.theme: Theme = load()
        self._at: QPointF | None = None  # of a press; None: no button is down
        self._shift, self._line = False, []
        over.installEventFilter(self)
        self.hide()

    def begin(self, at: QPointF, shift: bool) -> bool:
        """Whether a lasso begins, with Shift; else a click, unless the cursor moves on."""
        self._at, self._shift, self._line = at, shift, [at]
        return shift

    def follow(self, at: QPointF) -> bool:
        """Whether a lasso is being drawn."""
        if self._at is None or not self._shift:
            return False
        self._line.append(at)
        self.show()
        self.raise_()
        self.update()
        return True

    def finish(self, at: QPointF) -> bool:
        """Whether that was a lasso, or a click with Shift: nobody else's business."""
        begun, self._at = self._at, None
        self.hide()
        if begun is None:
            return False
        near = all((point - begun).manhattanLength() <= CLICK for point in (*self._line, at))
        if near:
            self.picked.emit(begun, self._shift)
        elif self._shift and len(self._line) > 2:
            self.lassoed.emit(self._line)
        return self._shift

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(watched.rect())
        return False

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(colour(self.theme, "text"), self.theme.line(1.4))
            pen.setDashPattern([4.0, 3.0])
            painter.setPen(pen)
            painter.setBrush(colour(self.theme, "text", 0.08))
            painter.drawPolygon(self._line)
