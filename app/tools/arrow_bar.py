"""The tool bar of the arrows, above the stage while drawing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from app.forms.controls import Button, Press
from app.forms.form import polish
from app.forms.typed_values import write_number
from app.tools.arrow_tool import ArrowTool


class ArrowBar(QFrame):
    """What to do, how many arrows there are; Delete, Clear and Done."""

    done = Signal()

    def __init__(self, arrow_tool: ArrowTool, parent=None) -> None:
        super().__init__(parent)
        polish(self, "panel")
        self.arrow_tool = arrow_tool
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
        self.delete.clicked.connect(arrow_tool.delete)
        self.clear.clicked.connect(arrow_tool.clear)
        self.leave.clicked.connect(self.done)
        for key in ("Del", "Backspace"):  # only while the bar is visible
            QShortcut(QKeySequence(key), self).activated.connect(arrow_tool.delete)
        self.refresh()

    def refresh(self) -> None:
        """Show the arrow_tool as it is."""
        count = self.arrow_tool.count
        self.said.setText(f"{write_number(count)} arrow{'' if count == 1 else 's'}")
        self.delete.setEnabled(self.arrow_tool.chosen >= 0)
        self.clear.setEnabled(count > 0)
