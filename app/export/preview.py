"""A picture as it will be, fitted into what room there is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.guard import guarded

MARGIN = 10
SQUARE = 8  # px of the chequers that show through where there is no ground
SOON = 15  # ms: of several changes at once the last one is drawn
Make = Callable[[float], QImage]  # a picture in so many times its size


class Preview(QWidget):
    """``show_picture(width, height, make)``: made at the size that it has here, when it is looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = QSize(16, 9)
        self._make: Make | None = None
        self._picture: QImage | None = None
        self._words, self._dark = "", False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON)
        self._soon.timeout.connect(self._draw)
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def picture(self) -> QImage | None:
        """What is on show."""
        return self._picture

    def show_picture(self, width: int, height: int, make: Make, dark: bool = False) -> None:
        """``dark``: what lies behind it where it has no ground."""
        self._size, self._make, self._words, self._dark = QSize(width, height), make, "", dark
        self._soon.start()

    def say(self, words: str) -> None:
        """Words instead of a picture."""
        self._make, self._picture, self._words = None, None, words
        self._soon.stop()
        self.update()

    @property
    def place(self) -> QRectF:
        """Where the picture lies."""
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        scale = min(room.width() / self._size.width(), room.height() / self._size.height())
        made = QRectF(0, 0, self._size.width() * scale, self._size.height() * scale)
        made.moveCenter(room.center())
        return made.toAlignedRect().toRectF() if made.isValid() else QRectF()

    def _draw(self) -> None:
        if self._make is not None and self.isVisible() and not self.place.isEmpty():
            ratio = self.devicePixelRatioF()
            self._picture = self._make(self.place.width() * ratio / self._size.width())
            self.update()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._soon.start()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self._words:
                painter.setPen(self.palette().placeholderText().color())
                wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.rect().adjusted(MARGIN, 0, -MARGIN, 0), wrapped, self._words)
            if self._picture is None:
                return
            place = self.place
            if self._picture.hasAlphaChannel():
                _chequers(painter, place, self._dark)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self._picture)
            painter.setPen(QPen(self.palette().mid().color(), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))


def _chequers(painter: QPainter, place: QRectF, dark: bool) -> None:
    """What shows through is not part of the picture."""
    ground, square = (QColor(grey) for grey in (("#23262c", "#2c3037") if dark else ("#ffffff", "#e9ebee")))
    painter.fillRect(place, ground)
    painter.save()
    painter.setClipRect(place)
    for row in range(int(place.height() / SQUARE) + 1):
        for column in range(row % 2, int(place.width() / SQUARE) + 1, 2):
            at = place.topLeft() + QPointF(column * SQUARE, row * SQUARE)
            painter.fillRect(QRectF(at.x(), at.y(), SQUARE, SQUARE), square)
    painter.restore()
