"""A button of a palette: a drawing of lines in a square, in the colour of the text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.forms.controls import Press
from app.guard import guarded

SQUARE = 16.0  # of the drawing's own units
PAD = 5  # px around it


class PenButton(Press):
    """``icon``: polylines "x,y x,y ..." parted by semicolons."""

    def __init__(self, icon: str, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__("", tip, parent)
        self._lines = [[tuple(map(float, at.split(","))) for at in line.split()] for line in icon.split(";")]
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @guarded
    def sizeHint(self) -> QSize:
        side = round(1.25 * self.fontMetrics().height()) + PAD
        return QSize(side, side)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        palette = self.palette()
        strong = self.isChecked() or self.underMouse() or self.hasFocus()
        side = min(self.width(), self.height()) - 2 * PAD
        left, top = (self.width() - side) / 2, (self.height() - side) / 2
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.isChecked() or self.hasFocus():
                painter.setPen(QPen(palette.accent().color(), 1.2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
            colour = palette.text().color() if strong else palette.placeholderText().color()
            width = max(1.2, side / 12)
            painter.setPen(
                QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
            )
            for line in self._lines:
                at = [QPointF(left + x * side / SQUARE, top + y * side / SQUARE) for x, y in line]
                painter.drawPolyline(QPolygonF(at))
