"""The small picture of a cloud in the card of its end."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from app.canvas.still import thumbnail
from app.guard import guarded
from app.scene.marks import Panel
from app.theme import Theme


class Cloud(QWidget):
    """Paints a Panel with plain QPainter, again only when its key changes. A double click asks to draw it."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel: Panel | None = None
        self._theme: Theme | None = None
        self._picture: QPixmap | None = None

    def draw(self, panel: Panel, theme: Theme) -> None:
        if self._panel is not None and panel.key == self._panel.key and theme == self._theme:
            return
        self._panel, self._theme, self._picture = panel, theme, None
        self.update()

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    @guarded
    def resizeEvent(self, event: object) -> None:
        self._picture = None

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._panel is None or self._theme is None:
            return
        if self._picture is None:
            theme = self._theme.small()
            self._picture = thumbnail(self._panel, theme, self.width(), self.height(), self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()
