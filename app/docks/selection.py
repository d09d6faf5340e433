"""The numbers of the selected particles: a small table that floats over the stage, and moves nothing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from app.forms.controls import Press
from app.forms.form import polish
from app.guard import guarded
from app.plain_text import Label
from app.scene.look import Look
from app.scene.selection import table
from engine.snapshot import Snapshot

MARGIN = 8  # px to the rim of what it floats over
MOST = 5  # rows; a line below counts the others
WIDE = 0.96  # of what it floats over, at most: then columns go, the last one first


class Selection(QFrame):
    """Hidden while nothing is selected; ``below`` it stands what has something to say. ``closed``: its cross was
    pressed."""

    closed = Signal()

    def __init__(self, over: QWidget, below: QWidget) -> None:
        super().__init__(over)
        self._below = below
        polish(self, "notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.cross = Press("✕", "select nothing (Esc)", self)
        self.cross.setAccessibleName("select nothing")
        self.cross.clicked.connect(self.closed)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(10, 4, 6, 4)
        self.grid.setHorizontalSpacing(12)
        self.grid.setVerticalSpacing(0)
        self.cells: dict[tuple[int, int], Label] = {}
        self.foot = polish(Label(parent=self), "muted")
        self._rows: tuple[tuple[str, ...], ...] = ()
        over.installEventFilter(self)
        self.hide()

    def draw(self, snapshot: Snapshot, look: Look) -> None:
        """Show those that are selected."""
        if not look.selected:
            self.hide()
            return
        more = len(look.selected) - MOST
        self._rows = table(snapshot, look, MOST)
        self.foot.setText((f"and {more} more · " if more > 0 else "") + "Ctrl+C copies all their numbers")
        for at, cell in self.cells.items():
            cell.setVisible(at[0] < len(self._rows) and at[1] < len(self._rows[0]))
        for i, row in enumerate(self._rows):
            for k, text in enumerate(row):
                self._cell(i, k).setText(text)
        self.grid.removeWidget(self.foot)
        self.grid.removeWidget(self.cross)
        self.grid.addWidget(self.foot, len(self._rows), 0, 1, len(self._rows[0]))
        self.grid.addWidget(self.cross, 0, len(self._rows[0]), 2, 1, Qt.AlignmentFlag.AlignTop)
        self.show()
        self.place()

    def place(self) -> None:
        """At the bottom left, as large as it must be."""
        if self.isHidden() or not self._rows:
            return
        room, columns = WIDE * self.parentWidget().width(), len(self._rows[0])
        for keep in range(columns, 1, -1):
            for (i, k), cell in self.cells.items():
                cell.setVisible(i < len(self._rows) and k < keep)
            self.layout().activate()
            if self.sizeHint().width() <= room:
                break
        self.resize(self.sizeHint())
        self.move(MARGIN, max(0, self.parentWidget().height() - self.height() - MARGIN))
        self.raise_()
        if self._below.isVisible():
            self.stackUnder(self._below)

    def _cell(self, i: int, k: int) -> Label:
        if (i, k) not in self.cells:
            cell = self.cells[i, k] = Label(parent=self)
            if not i:
                polish(cell, "muted")
            cell.setAlignment(Qt.AlignmentFlag.AlignRight if k else Qt.AlignmentFlag.AlignLeft)
            self.grid.addWidget(cell, i, k)
        return self.cells[i, k]

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.place()
