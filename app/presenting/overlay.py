"""What stands over the picture while somebody presents: black or white, a laser pointer, a pen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QMouseEvent, QPainter, QPaintEvent, QPen, QRadialGradient
from PySide6.QtWidgets import QWidget

from app.covering import Covering
from app.guard import guarded

DOT = 11  # px, of the laser's radius
PEN = 4.0  # px
RED = "#ff2d2d"
MOST = 20_000  # places of a pen


class Overlay(QWidget):
    """Covers a widget; takes the mouse only while the pointer is on. Strokes are shares of its size: a window that
    changes takes them along."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.cover = ""  # or a colour: nothing else is seen
        self.pointing = False
        self._at: QPointF | None = None
        self._strokes: list[list[QPointF]] = []
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        Covering(self)
        self.hide()

    def blank(self, colour: str) -> None:
        """This colour alone; the same one again, or none: the picture."""
        self.cover = "" if self.cover == colour else colour
        self._follow()

    def point(self, on: bool) -> None:
        """The laser pointer; a drag draws."""
        self.pointing = on
        self._at = QPointF(self.mapFromGlobal(QCursor.pos())) if on else None
        self._follow()

    def wipe(self) -> None:
        """Without what the pen has drawn."""
        self._strokes = []
        self._follow()

    @property
    def busy(self) -> bool:
        return bool(self.cover or self.pointing or self._strokes)

    def _follow(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not self.pointing)
        if self.pointing:
            self.setCursor(Qt.CursorShape.BlankCursor)
        else:
            self.unsetCursor()
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(self.busy)
        self.raise_()
        self.update()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._strokes.append([self._share(event.position())])
        self.update()

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._at = event.position()
        drawn = sum(map(len, self._strokes))
        if event.buttons() & Qt.MouseButton.LeftButton and 0 < drawn < MOST:
            self._strokes[-1].append(self._share(event.position()))
        self.update()

    @guarded
    def leaveEvent(self, event: QEvent) -> None:
        self._at = None
        self.update()

    def _share(self, at: QPointF) -> QPointF:
        return QPointF(at.x() / max(1, self.width()), at.y() / max(1, self.height()))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self.cover:
                painter.fillRect(self.rect(), QColor(self.cover))
                return
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(QColor(RED), PEN, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            for stroke in self._strokes:
                places = [QPointF(p.x() * self.width(), p.y() * self.height()) for p in stroke]
                painter.drawPolyline(places if len(places) > 1 else places * 2)
            if self.pointing and self._at is not None:
                glow = QRadialGradient(self._at, DOT)
                glow.setColorAt(0.0, QColor(RED))
                glow.setColorAt(0.55, QColor(RED))
                glow.setColorAt(1.0, QColor(255, 45, 45, 0))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(glow)
                painter.drawEllipse(self._at, DOT, DOT)
