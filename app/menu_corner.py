"""The right end of the menu bar: presets and theme, a click away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.plain_text import entry, explain
from app.presets import Preset


class MenuCorner(QWidget):
    """Two quiet buttons."""

    theme_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.presets = QToolButton(self)
        self.presets.setText("Presets ▾")
        explain(self.presets, "ready-made experiments; your own is one undo away")
        self.presets.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.presets.setProperty("role", "quiet")
        self.menu = QMenu(self.presets)
        self.menu.setToolTipsVisible(True)
        self.presets.setMenu(self.menu)
        self.theme = QToolButton(self)
        explain(self.theme, "dark, light, projector (T)")
        self.theme.setProperty("role", "quiet")
        self.theme.clicked.connect(self.theme_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 10, 0)
        row.setSpacing(6)
        row.addWidget(self.presets)
        row.addWidget(self.theme)

    def offer(self, presets: tuple[Preset, ...], choose: Callable[[Preset], None]) -> None:
        published = QMenu(entry("Published"), self.menu)
        published.setToolTipsVisible(True)
        for preset in presets:
            action = (published if preset.published else self.menu).addAction(entry(preset.title))
            explain(action, preset.hint)
            action.triggered.connect(partial(_chosen, choose, preset))
        if not published.isEmpty():
            self.menu.addSeparator()
            self.menu.addMenu(published)

    def dress(self, theme: str) -> None:
        self.theme.setText({"dark": "Dark", "light": "Light", "projector": "Projector"}[theme])


def _chosen(choose: Callable[[Preset], None], preset: Preset, checked: bool = False) -> None:
    choose(preset)
