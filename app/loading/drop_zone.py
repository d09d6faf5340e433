"""Where a file can be dropped on the stage, while one is dragged over the window: what each half would make of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.covering import Covering
from app.guard import guarded
from app.loading.outline import rim

GROUND = 0.94  # how much of the stage it hides
GAP = 10.0  # px


@dataclass(frozen=True)
class Place:
    """One part of the zone, from the left: the end that it stands for, in words."""

    end: str
    title: str
    words: str


class DropZone(QWidget):
    """Over the stage; hidden while nothing is dragged. ``places`` share its width."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.places: tuple[Place, ...] = ()
        self.here, self.note = "", ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        Covering(self)
        self.hide()

    def offer(self, places: tuple[Place, ...], here: str, note: str = "") -> None:
        """``here``: the end that it would be dropped on now; ``note``: below, about the file."""
        if (places, here, note) == (self.places, self.here, self.note) and self.isVisible():
            return
        self.places, self.here, self.note = places, here, note
        self.setGeometry(self.parentWidget().rect())
        self.show()
        self.raise_()
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            ground = QColor(self.palette().base().color())
            ground.setAlphaF(GROUND)
            painter.fillRect(self.rect(), ground)
            foot = 2.2 * self.fontMetrics().height() if self.note else 0.0
            room = QRectF(self.rect()).adjusted(GAP, GAP, -GAP, -GAP - foot)
            wide = room.width() / max(1, len(self.places))
            for k, place in enumerate(self.places):
                box = QRectF(room.left() + k * wide, room.top(), wide, room.height()).adjusted(GAP / 2, 0, -GAP / 2, 0)
                rim(painter, box, self, place.end == self.here)
                self._words(painter, box, place)
            if self.note:
                painter.setFont(self.font())
                painter.setPen(self.palette().placeholderText().color())
                below = QRectF(room.left(), room.bottom(), room.width(), foot + GAP)
                painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.note)

    def _words(self, painter: QPainter, box: QRectF, place: Place) -> None:
        large = QFont(self.font())
        large.setPixelSize(round(1.6 * self.fontInfo().pixelSize()))
        large.setBold(True)
        middle, line = box.center().y(), 2.2 * self.fontMetrics().height()
        painter.setFont(large)
        painter.setPen(self.palette().text().color())
        painter.drawText(
            QRectF(box.left(), middle - line, box.width(), line), Qt.AlignmentFlag.AlignCenter, place.title
        )
        painter.setFont(self.font())
        painter.setPen(self.palette().placeholderText().color())
        below = QRectF(box.left() + GAP, middle, box.width() - 2 * GAP, box.bottom() - middle)
        centred = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(below, int(centred), place.words)
