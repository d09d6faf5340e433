"""The command palette: one field that finds every action, preset, view, lesson and step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.forms.controls import Line
from app.guard import guarded
from app.plain_text import Label

MOST = 200  # that are listed
THROUGH = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True)
class Entry:
    """``sort`` is what it is, ``keys`` those that do it without the palette."""

    words: str
    sort: str
    do: Callable[[], object]
    keys: str = ""
    more: str = ""  # words that find it, too


class Palette(QDialog):
    """Opened anew each time; Return does the entry that is chosen."""

    def __init__(self, entries: Iterable[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Do anything")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entries = tuple(entries)
        self.field, self.list = Line(self), QListWidget(self)
        self.field.setPlaceholderText("an action, a view, a scene, a lesson or a step")
        self.none = Label("Nothing is called that.", self)
        self.list.setUniformItemSizes(True)
        column = QVBoxLayout(self)
        for widget in (self.field, self.none, self.list):
            column.addWidget(widget)
        self.field.textEdited.connect(self._find)
        self.list.itemActivated.connect(lambda item: self._do())
        self.list.itemClicked.connect(lambda item: self._do())
        self.field.installEventFilter(self)
        self.resize(max(420, parent.width() // 2), max(320, parent.height() // 2))
        self._find("")
        self.field.setFocus()

    def _find(self, text: str) -> None:
        found = sorted((rank, k) for k, entry in enumerate(self._entries) if (rank := _rank(text, entry)) is not None)
        self.list.clear()
        for _, k in found[:MOST]:
            entry = self._entries[k]
            item = QListWidgetItem(f"{entry.words}    {entry.sort}" + (f"    {entry.keys}" if entry.keys else ""))
            item.setData(Qt.ItemDataRole.UserRole, k)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.none.setVisible(not found)

    def _do(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            entry = self._entries[item.data(Qt.ItemDataRole.UserRole)]
            self.accept()
            entry.do()

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and event.key() in THROUGH:
            self.list.keyPressEvent(QKeyEvent(event))
            return True
        if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._do()
            return True
        return False


def _rank(text: str, entry: Entry) -> int | None:
    """How well it fits, 0 best; None where it does not: all typed words must stand in it, in any order."""
    words, name = text.lower().split(), entry.words.lower()
    whole = f"{name} {entry.sort} {entry.more}".lower()
    if not all(word in whole for word in words):
        return None
    if not words or name.startswith(text.lower().strip()):
        return 0
    return 1 if all(word in name for word in words) else 2
