"""What a drag may be dropped on: a dashed rim over a widget, and words where there is room for them."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.covering import Covering
from app.guard import guarded

State = Literal["", "able", "here"]


class Outline(QWidget):
    """Over a widget, without moving anything in it; hidden while nothing is dragged."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.state: State = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        Covering(self)
        self.hide()

    def put(self, state: State) -> None:
        """``able``: it can be dropped here; ``here``: it would be now."""
        if state == self.state:
            return
        self.state = state
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(bool(state))
        self.raise_()
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            rim(painter, QRectF(self.rect()), self, self.state == "here")


def rim(painter: QPainter, box: QRectF, of: QWidget, here: bool) -> None:
    """The rim of a place, filled a little where something would be dropped now."""
    palette = of.palette()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen((palette.accent() if here else palette.placeholderText()).color(), 2)
    if not here:
        pen.setDashPattern([3.0, 3.0])
    painter.setPen(pen)
    fill = palette.accent().color()
    fill.setAlphaF(0.14 if here else 0.0)
    painter.setBrush(fill)
    painter.drawRoundedRect(box.adjusted(1.5, 1.5, -1.5, -1.5), 5, 5)
