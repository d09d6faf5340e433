"""The sheet of shortcuts, written from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.actions import MENUS, TABLE, Action, shown
from app.forms.form import polish


class KeySheet(QDialog):
    """Every key and what it does; it does not stop the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        columns = QHBoxLayout()
        columns.setSpacing(36)
        groups = [(name, [a for a in TABLE if a.menu == name and a.keys]) for name in MENUS]
        for names in (("View",), ("File", "Edit", "Run", "Help")):
            column = QVBoxLayout()
            column.setSpacing(6)
            for name, actions in groups:
                if name in names:
                    column.addWidget(polish(QLabel(name, self), "heading"))
                    column.addLayout(self._grid(actions))
                    column.addSpacing(12)
            column.addStretch(1)
            columns.addLayout(column)
        button = QPushButton("Close", self)
        button.clicked.connect(self.close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.addLayout(columns)
        whole.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)

    def _grid(self, actions: list[Action]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        for row, (keys, text) in enumerate(lines(actions)):
            grid.addWidget(QLabel(keys, self), row, 0)
            grid.addWidget(polish(QLabel(text, self), "muted"), row, 1)
        grid.setColumnMinimumWidth(0, 13 * self.fontMetrics().horizontalAdvance("M"))
        grid.setColumnStretch(1, 1)
        return grid


def lines(actions: list[Action]) -> list[tuple[str, str]]:
    """(keys, what they do); the ten digits in one line."""
    digits = [a for a in actions if a.call == "go_round"]
    said = []
    for action in actions:
        if action not in digits:
            said.append((", ".join(shown(key) for key in action.keys), action.text.removeprefix("|").rstrip("…")))
        elif action is digits[0]:
            said.append((f"{digits[0].keys[0]} … {digits[-1].keys[0]}", "Show that round; 0 is the coupling"))
    return said
