"""What is being exported: how far it is, how long it takes, and a button to end it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.export.queue import Entry, Queue
from app.forms.controls import Press
from app.forms.form import polish
from app.plain_text import Elided, explain

SHOWN = 3  # rows: those at work, else the last ones
STEPS = 1000  # of a bar


class QueueList(QWidget):
    """Nothing at all while there is nothing to say."""

    def __init__(self, queue: Queue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.queue = queue
        self.rows: list[Row] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        queue.changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """As the queue is now."""
        entries = self.queue.entries
        first = next((k for k, entry in enumerate(entries) if not entry.ended), len(entries) - 1)
        shown = entries[max(0, min(first, len(entries) - SHOWN)) :][:SHOWN]
        while len(self.rows) < len(shown):
            row = Row(self.queue, self)
            self.rows.append(row)
            self._column.addWidget(row)
        for k, row in enumerate(self.rows):
            row.setVisible(k < len(shown))
            if k < len(shown):
                row.show_entry(shown[k])
        self.setVisible(bool(shown))


class Row(QWidget):
    """One export."""

    def __init__(self, queue: Queue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self.entry: Entry | None = None
        self.words, self.bar = Elided("", self), QProgressBar(self)
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(8 * self.fontMetrics().height())
        self.bar.setAccessibleName("how much of the film is made")
        self.end = Press("Cancel", "", self)
        self.end.clicked.connect(self._pressed)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.words, 1)
        line.addWidget(self.bar)
        line.addWidget(self.end)

    def show_entry(self, entry: Entry) -> None:
        self.entry = entry
        told = entry.told()
        self.words.setText(told)
        explain(self.words, told)
        role = "danger" if entry.state == "failed" else "muted"
        if self.words.property("role") != role:
            polish(self.words, role)
            self.words.style().unpolish(self.words)
            self.words.style().polish(self.words)
        self.bar.setVisible(not entry.ended)
        self.bar.setValue(round(STEPS * entry.share))
        self.end.setText("Clear" if entry.ended else "Cancel")
        explain(self.end, "forget those that have ended" if entry.ended else "end it; nothing broken is left")

    def _pressed(self) -> None:
        if self.entry is not None:
            self._queue.clear() if self.entry.ended else self._queue.cancel(self.entry)
