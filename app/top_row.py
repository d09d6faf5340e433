"""The row over the stage and its columns: the tabs of the views and what can be chosen about the one on show or, while
something is drawn, the bar of the tool.

It has one height, so that neither moves what lies below.
"""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.guard import guarded
from app.theme import Theme
from app.tool_bar import ToolBar
from app.view_choices import ViewChoices
from app.view_tabs import ViewTabs

HIGH = 2.7  # text heights


class TopRow(QWidget):
    """All of it in one place."""

    def __init__(self, tabs: ViewTabs, choices: ViewChoices, bar: ToolBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tabs, self._choices, self._bar = tabs, choices, bar
        self._theme: Theme | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addStretch(1)
        line.addWidget(tabs)
        line.addWidget(choices)
        line.addWidget(bar, 1000)
        line.addStretch(1)
        bar.document.drawing_changed.connect(self._follow)

    def dress(self, theme: Theme) -> None:
        self._theme = theme
        self.setFixedHeight(round(HIGH * theme.text_px))
        self._fit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._theme is not None:
            self._tabs.dress(self._theme, self.width() - self._choices.sizeHint().width())

    def _follow(self) -> None:
        for part in (self._tabs, self._choices):
            part.setVisible(self._bar.document.drawing is None)
