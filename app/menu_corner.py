"""The right end of the menu bar: presets and theme, a click away."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.plain_text import explain


class MenuCorner(QWidget):
    """Two quiet buttons."""

    presets_asked = Signal()
    theme_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.presets = QToolButton(self)
        self.presets.setText("Presets…")
        explain(self.presets, "ready-made experiments by their pictures (Ctrl+P); your own is one undo away")
        self.presets.setProperty("role", "quiet")
        self.presets.clicked.connect(self.presets_asked)
        self.theme = QToolButton(self)
        explain(self.theme, "dark, light, projector (T)")
        self.theme.setProperty("role", "quiet")
        self.theme.clicked.connect(self.theme_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 10, 0)
        row.setSpacing(6)
        row.addWidget(self.presets)
        row.addWidget(self.theme)

    def dress(self, theme: str) -> None:
        self.theme.setText({"dark": "Dark", "light": "Light", "projector": "Projector"}[theme])
