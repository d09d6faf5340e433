"""The stage between its two columns: these have a ceiling, and the stage keeps at least half of the width."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from app.guard import guarded

WANTED = (19.0, 22.0)  # text heights: what the columns hold then stands in one line
LEAST = 190  # px


class Columns(QSplitter):
    """Left, middle, right. Whoever drags an edge is heeded as far as the ceiling goes."""

    def __init__(self, left: QWidget, middle: QWidget, right: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._sides = left, right
        self._wanted = list(WANTED)
        self._px = 13
        for widget, stretch in ((left, 0), (middle, 1), (right, 0)):
            self.addWidget(widget)
            self.setStretchFactor(self.count() - 1, stretch)
        for side in self._sides:
            side.setMinimumWidth(LEAST)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(2)
        self.splitterMoved.connect(self._dragged)

    def fit(self, text_px: int = 0) -> None:
        """Column widths that suit the window and the text, which has this height from now on."""
        self._px = text_px or self._px
        most = max(LEAST, self.width() // 4)
        wide = [min(most, round(wanted * self._px)) for wanted in self._wanted]
        for side in self._sides:
            side.setMaximumWidth(most)
        self.setSizes([wide[0], max(1, self.width() - sum(wide) - 2 * self.handleWidth()), wide[1]])

    def _dragged(self) -> None:
        sizes = self.sizes()
        self._wanted = [size / self._px for size in (sizes[0], sizes[2])]

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
