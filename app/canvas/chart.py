"""The canvas of charts: ``draw(panel, theme)``; what is under the cursor is read at its foot, and by its tooltip.

Plain QPainter rather than pyqtgraph: charts are looked at, not handled, and every margin, tick and legend entry has its
place by construction, so that nothing shifts or overlaps while a run goes on.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.panel_painter import paint_panel
from app.canvas.reading import reading
from app.canvas.readout import Readout
from app.guard import guarded
from app.plain_text import explain
from app.scene.marks import Panel
from app.theme import Theme, load


class Chart(QWidget):
    """A chart Panel on the ``ground`` of that ink."""

    enlarged = Signal()  # by a double click
    tool = None  # what other canvases give the mouse to

    def __init__(self, parent: QWidget | None = None, ground: str = "panel") -> None:
        super().__init__(parent)
        self._ground = ground
        self.panel, self.theme = Panel("", "chart"), load()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.readout = Readout(self, self, ground)

    def draw(self, panel: Panel, theme: Theme) -> None:
        """Show the panel; nothing happens if its key and the theme are those on show."""
        if panel.key is not None and panel.key == self.panel.key and theme == self.theme:
            return
        if theme != self.theme:
            self.updateGeometry()
        self.panel, self.theme = panel, theme
        self.setAccessibleName(panel.title)
        self.update()
        self.readout.follow()

    def reading(self, at: QPointF) -> str:
        """The value under the cursor, in words."""
        return reading(self.panel, QRectF(self.rect()), self.theme, at)

    @guarded
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            words = "\n\n".join(filter(None, (self.reading(QPointF(event.pos())), self.panel.hint or self.panel.title)))
            explain(self, words, self.panel.formula)
        return super().event(event)

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.enlarged.emit()

    def picture(self) -> QImage:
        return self.grab().toImage()

    @guarded
    def minimumSizeHint(self) -> QSize:
        px = self.theme.text_px
        return QSize(9 * px, 10 * px)

    @guarded
    def sizeHint(self) -> QSize:
        px = self.theme.text_px
        return QSize(20 * px, 13 * px)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_panel(painter, QRectF(self.rect()), self.panel, self.theme, ground=self._ground)
