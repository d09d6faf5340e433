"""Editors that are no line of text, and the choice of the editor for a knob."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from app import file_dialog
from app.forms.controls import Box, Button, Choice, Press, Rows
from app.forms.editors import Editor, FormulaEditor, NumberEditor, TextEditor, VectorEditor
from app.forms.font_editor import FontEditor
from app.forms.slider_stops import members
from app.forms.typed_values import read_rows, write, write_number
from app.plain_text import Label, explain
from engine.registry import Knob


class ChoiceEditor(Editor):
    """One of a few words."""

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.combo = Choice(self)
        self.options = _options(knob.type)
        self.combo.addItems([str(option) for option in self.options])
        self.combo.activated.connect(self._pick)
        self.row.addWidget(self.combo, 1)
        self.setFocusProxy(self.combo)

    def render(self, value: Any, fresh: bool) -> None:
        if value in self.options:
            self.combo.setCurrentIndex(self.options.index(value))

    def _pick(self, index: int) -> None:
        if self.options[index] != self.value:
            self.changed.emit(self.options[index])


class ButtonsEditor(Editor):
    """One of a few words, all of them in sight."""

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.options = _options(knob.type)
        self.group = QButtonGroup(self)
        self.row.setSpacing(4)
        for k, option in enumerate(self.options):
            button = Press(str(option), knob.tip, self)
            button.setCheckable(True)
            self.group.addButton(button, k)
            self.row.addWidget(button)
        self.group.idClicked.connect(self._pick)

    def render(self, value: Any, fresh: bool) -> None:
        self.group.button(self.options.index(value)).setChecked(True)

    def _pick(self, index: int) -> None:
        if self.options[index] != self.value:
            self.changed.emit(self.options[index])


class SwitchEditor(Editor):
    """Yes or no."""

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.box = Box(self)
        self.box.clicked.connect(lambda on: self.changed.emit(on))  # emit itself would be called without the value
        self.row.addStretch(1)
        self.row.addWidget(self.box)
        self.setFocusProxy(self.box)

    def render(self, value: Any, fresh: bool) -> None:
        self.box.setChecked(bool(value))


class RowsEditor(Editor):
    """A list of points as text, ``(x, y); (x, y)``, with their number."""

    wide = True

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.text = Rows(self)
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(3 * self.text.fontMetrics().lineSpacing() + 10)
        self.text.finished.connect(self._commit)
        self.text.left.connect(self.revert)
        self.row.addWidget(self.text, 1)
        self.setFocusProxy(self.text)

    @property
    def summary(self) -> str:
        n = len(self.value or ())
        return f"{write_number(n)} row{'' if n == 1 else 's'}" if n else "none"

    def render(self, value: Any, fresh: bool) -> None:
        document = self.text.document()
        if (fresh or not document.isModified()) and self.text.toPlainText() != write(value):
            place = self.text.textCursor().position()
            self.text.setPlainText(write(value))
            cursor = self.text.textCursor()
            cursor.setPosition(min(place, len(self.text.toPlainText())))
            self.text.setTextCursor(cursor)
        if fresh:
            document.setModified(False)

    def _commit(self) -> None:
        if self.text.document().isModified():
            self.offer(lambda: read_rows(self.text.toPlainText()))


class PointsEditor(Editor):
    """Drawn points, or strokes: only how many there are."""

    stands = True

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.label = Label(parent=self)
        self.label.setProperty("role", "muted")
        self.row.addStretch(1)
        self.row.addWidget(self.label)

    def render(self, value: Any, fresh: bool) -> None:
        if fresh:
            self.label.setText(f"{_count(value, self.knob.title)} drawn")


class ArrowsEditor(RowsEditor):
    """Drawn arrows: how many there are, a button that leads to the stage and, on an open card, their coordinates."""

    wide = False
    stands = True

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.label = Label(parent=self)
        self.label.setProperty("role", "muted")
        self.button = Button("Draw arrows…", self)
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(lambda: self.asked.emit(knob.editor))
        line = QHBoxLayout()
        line.addWidget(self.label)
        line.addStretch(1)
        line.addWidget(self.button)
        self.row.setDirection(QBoxLayout.Direction.TopToBottom)
        self.row.insertLayout(0, line)

    def fold(self, folded: bool) -> None:
        self.text.setVisible(not folded)

    def render(self, value: Any, fresh: bool) -> None:
        super().render(value, fresh)
        if fresh:
            self.label.setText(write_number(len(value)))


class PathEditor(Editor):
    """A file: its name and a button that opens another one."""

    stands = True

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.line = QLineEdit(self)
        self.line.setReadOnly(True)
        self.line.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # nothing can be typed: the keys stay with the window
        self.line.setPlaceholderText("no file yet")
        self.line.setMinimumWidth(30)
        self.button = Button("Open…", self)
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self._open)
        self.row.addWidget(self.line, 1)
        self.row.addWidget(self.button)
        self.setFocusProxy(self.button)

    def render(self, value: Any, fresh: bool) -> None:
        self.line.setText(Path(str(value)).name if value else "")
        explain(self.line, str(value or ""))
        self.line.setCursorPosition(0)

    def _open(self) -> None:
        start = str(Path(str(self.value)).parent) if self.value else ""
        file_dialog.ask(self.window(), f"Open {self.knob.title}", "data", "All files (*)", self._chosen, folder=start)

    def _chosen(self, path: str) -> None:
        if path != self.value:
            self.changed.emit(path)


def field(knob: Knob, parent: QWidget | None = None) -> Editor:
    """The editor that fits the knob."""
    kinds = members(knob.type)
    lists = [kind for kind in kinds if get_origin(kind) in (tuple, list)]
    nested = any(get_origin(inner) in (tuple, list) for kind in lists for inner in get_args(kind))
    if knob.editor == "path":
        return PathEditor(knob, parent)
    if knob.editor == "font":
        return FontEditor(knob, parent)
    if knob.editor == "formula":
        return FormulaEditor(knob, parent)
    if knob.editor == "arrows":
        return ArrowsEditor(knob, parent)
    if knob.editor == "points":
        return PointsEditor(knob, parent)
    if knob.editor == "buttons":
        return ButtonsEditor(knob, parent)
    if _options(knob.type):
        return ChoiceEditor(knob, parent)
    if bool in kinds:
        return SwitchEditor(knob, parent)
    if nested:
        return RowsEditor(knob, parent)
    if lists:
        return VectorEditor(knob, parent)
    if int in kinds or float in kinds:
        return NumberEditor(knob, parent)
    return TextEditor(knob, parent)


def _options(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


def _count(value: Any, many: str) -> str:
    n = 0 if value is None else len(value)
    return f"{write_number(n)} {many.removesuffix('s') if n == 1 else many}"
