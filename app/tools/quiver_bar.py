"""The tool bar of the arrows, above the stage while drawing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from app.controls import Button, Press
from app.forms import polish
from app.tools.quiver import Quiver
from app.typed import write_number


class QuiverBar(QFrame):
    """What to do, how many arrows there are; Delete, Clear and Done."""

    done = Signal()

    def __init__(self, quiver: Quiver, parent=None) -> None:
        super().__init__(parent)
        polish(self, "panel")
        self.quiver = quiver
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 4, 10, 4)
        line.setSpacing(4)
        line.addWidget(polish(QLabel("Arrows of the coupling", self), "heading"))
        line.addSpacing(10)
        self.hint = polish(QLabel("drag from a source point to where it shall go", self), "muted")
        line.addWidget(self.hint)
        line.addStretch(1)
        self.said = polish(QLabel(self), "muted")
        line.addWidget(self.said)
        self.delete = Press("Delete", "take the chosen arrow away (Del)", self)
        self.clear = Press("Clear", "an empty canvas", self)
        self.leave = Button("Done", self)
        self.leave.setToolTip("back to the picture (Esc)")
        for widget in (self.delete, self.clear, self.leave):
            line.addWidget(widget)
        self.delete.clicked.connect(quiver.delete)
        self.clear.clicked.connect(quiver.clear)
        self.leave.clicked.connect(self.done)
        for key in ("Del", "Backspace"):  # only while the bar is visible
            QShortcut(QKeySequence(key), self).activated.connect(quiver.delete)
        self.refresh()

    def refresh(self) -> None:
        """Show the quiver as it is."""
        count = self.quiver.count
        self.said.setText(f"{write_number(count)} arrow{'' if count == 1 else 's'}")
        self.delete.setEnabled(self.quiver.chosen >= 0)
        self.clear.setEnabled(count > 0)
