"""The sheet of keys, written from the table of actions and from what the drawing tools declare."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.actions import MENUS, Action, shown, table
from app.forms.form import polish
from app.plain_text import Label
from app.presenting.presenting import KEYS
from app.tools.tool import tools
from engine.registry import knobs

ROOM = 0.82  # of the screen


class KeySheet(QDialog):
    """Every key and what it does; it does not stop the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        columns = QHBoxLayout()
        columns.setSpacing(36)
        groups = {name: lines([a for a in table() if a.menu == name and a.keys]) for name in MENUS}
        groups["While drawing"] = drawing_lines()
        groups["While presenting"] = list(KEYS)
        for names in (
            ("View",),
            ("While drawing", "Layers"),
            ("File", "Edit", "Run", "Help"),
            ("Lessons", "While presenting"),
        ):
            column = QVBoxLayout()
            column.setSpacing(6)
            for name in names:
                column.addWidget(polish(Label(name, self), "heading"))
                column.addLayout(self._grid(groups[name]))
                column.addSpacing(12)
            column.addStretch(1)
            columns.addLayout(column)
        button = QPushButton("Close", self)
        button.clicked.connect(self.close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.addWidget(self._scrolled(columns))
        whole.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)

    def _scrolled(self, columns: QHBoxLayout) -> QScrollArea:
        """As large as they are, or as the screen has room for."""
        inside, area = QWidget(), QScrollArea(self)
        inside.setLayout(columns)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        room, wanted = self.screen().availableSize() * ROOM, inside.sizeHint() + QSize(24, 24)
        area.setMinimumSize(wanted.boundedTo(room))
        return area

    def _grid(self, said: list[tuple[str, str]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        for row, (keys, text) in enumerate(said):
            grid.addWidget(Label(keys, self), row, 0)
            grid.addWidget(polish(Label(text, self), "muted"), row, 1)
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


def drawing_lines() -> list[tuple[str, str]]:
    """The same for the keys that a tool has while it is in hand; those that several share once."""
    said: dict[tuple[str, str], list[str]] = {}
    for tool in tools():
        titles, name = {knob.name: knob.title for knob in knobs(tool)}, tool.__struct_config__.tag.capitalize()
        turned = [((nudge.down, nudge.up), f"{titles[nudge.knob]} down, up") for nudge in tool.nudges]
        done = [(verb.keys, verb.tip) for verb in tool.verbs if verb.keys]
        for keys, words in (*turned, *done):
            said.setdefault((", ".join(map(shown, keys)), words), []).append(name)
    found = said.items()
    return [(keys, f"{of[0]}: {words}" if len(of) == 1 else words.capitalize()) for (keys, words), of in found]
