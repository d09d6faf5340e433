"""The picture of the cloud in the dialog; in space a drag turns it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.panel_painter import paint_panel
from app.guard import guarded
from app.scene.camera import HOME, Camera
from app.scene.marks import Panel
from app.theme import Theme

DEGREES = 0.5  # for each px of a drag


class CloudView(QWidget):
    """Paints a Panel with the painter of the stage, again only when it is another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera: Camera = HOME
        self._panel: Panel | None = None
        self._theme: Theme | None = None
        self._words = ""
        self._picture: QPixmap | None = None
        self._at: QPointF | None = None
        self.setMinimumSize(200, 150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def draw(self, panel: Panel | None, theme: Theme, words: str = "") -> None:
        """``words`` where there is no panel."""
        self._panel, self._theme, self._words, self._picture = panel, theme, words, None
        turns = panel is not None and panel.space == "space"
        self.setCursor(Qt.CursorShape.OpenHandCursor if turns else Qt.CursorShape.ArrowCursor)
        self.update()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._at = event.position()

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._at is None or self._panel is None or self._panel.space != "space":
            return
        by, self._at = event.position() - self._at, event.position()
        self.camera = self.camera.turned(DEGREES * by.x(), DEGREES * by.y())
        self._panel, self._picture = replace(self._panel, camera=self.camera), None
        self.update()

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._at = None

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._theme is None:
            return
        if self._picture is None:
            self._picture = self._painted(self._theme)
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._picture)

    def _painted(self, theme: Theme) -> QPixmap:
        ratio, ground = self.devicePixelRatioF(), QColor(theme.ink("window"))
        made = QPixmap(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        made.setDevicePixelRatio(ratio)
        made.fill(ground)
        box = QRectF(self.rect())
        with QPainter(made) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._panel is not None:
                paint_panel(painter, box.adjusted(6, 6, -6, -6), self._panel, theme, ground="window")
            else:
                painter.setPen(QColor(theme.ink("muted")))
                painter.setFont(self.font())
                middle = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(box.adjusted(16, 0, -16, 0), middle, self._words)
        return made
