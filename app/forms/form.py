"""Part -> form, from its knobs alone."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.forms.editors import Editor
from app.forms.pickers import RowsEditor, field
from app.forms.typed_values import write, write_number
from app.guard import guarded
from app.plain_text import Elided, Label, explain, sentence
from engine.parts import Part, Wrong
from engine.registry import Knob, check_ranges, knobs

RESTART_MARK = "↻"
RESTART_TIP = "changing this starts the rounds anew"
LABEL_WIDTH = 92  # at most; longer titles are shortened


def polish(widget: QWidget, role: str) -> QWidget:
    """Give a widget its role in the style sheet."""
    widget.setProperty("role", role)
    return widget


def mark(parent: QWidget | None = None) -> Label:
    """The small sign of a knob whose edit throws the trained rounds away."""
    label = Label(RESTART_MARK, parent)
    explain(label, RESTART_TIP)
    label.setAccessibleName(RESTART_TIP)
    return polish(label, "muted")


def tooltip(knob: Knob, restarts: bool = False) -> str:
    """What the knob is, its formula, its range and whether it restarts."""
    unit = f" {knob.unit}" if knob.unit else ""
    low = "" if knob.low is None else f"{'above' if knob.open_low else 'from'} {write_number(knob.low)}"
    high = "" if knob.high is None else f"{'up to' if not low else 'to'} {write_number(knob.high)}"
    span = f"{low} {high}".strip()
    lines = [knob.tip or knob.title, f"Range: {span}{unit}" if span else f"Unit:{unit}" if unit else ""]
    lines.append(f"{RESTART_MARK} {RESTART_TIP}" if restarts else "")
    return "\n".join(line for line in lines if line)


class Complaint(Label):
    """One sentence under the field that it is about; nothing at all while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        polish(self, "danger")
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.hide()

    def say(self, sentence: str) -> None:
        self.setText(sentence)
        self.setVisible(bool(sentence))


class KnobRow(QWidget):
    """A knob's line: label, restart mark, editor; below it what is wrong with the text, if anything is."""

    def __init__(self, knob: Knob, restarts: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.knob = knob
        self.field: Editor = field(knob, self)
        self.label = polish(Elided(knob.title + (f", {knob.unit}" if 0 < len(knob.unit) < 4 else ""), self), "muted")
        self.label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.label.setBuddy(self.field)
        self.complaint = Complaint(self)
        self.summary = polish(Label(parent=self), "muted")
        self.summary.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.label)
        if restarts:
            line.addWidget(mark(self))
        column.addLayout(line)
        if self.field.wide:
            line.addStretch(1)
            line.addWidget(self.summary)
            column.addWidget(self.field)
        else:
            line.addSpacing(2)
            line.addWidget(self.field, 1)
        column.addWidget(self.complaint)
        tip = tooltip(knob, restarts)
        for widget in (self.label, self.field):
            explain(widget, tip)
        (self.field.focusProxy() or self.field).setAccessibleName(knob.title)
        self.field.reverted.connect(lambda: self.complaint.say(""))

    def set_value(self, value: Any) -> None:
        if value != self.field.value:
            self.complaint.say("")
        self.field.set_value(value)
        if self.field.wide and isinstance(self.field, RowsEditor):
            self.summary.setText(self.field.summary)
            self.summary.show()


class Form(QWidget):
    """The knobs of one frozen value. It changes nothing itself: ``edited`` carries the value as the person wants it."""

    edited = Signal(object, str)  # the new part, the knob's name
    failed = Signal(str, str)  # the knob's name, what is wrong in one sentence
    asked = Signal(str)  # an editor that the window has, such as "arrows"

    def __init__(self, restarts: bool = False, names: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        """``restarts``: edits throw the rounds away, and say so beforehand. ``names``: only these knobs."""
        self.part: msgspec.Struct | None = None  # before Qt's first change event
        super().__init__(parent)
        self.rows: dict[str, KnobRow] = {}
        self.merge = ""  # while ``edited`` is emitted: the gesture that it belongs to
        self._restarts, self._names = restarts, names
        self._limit: int | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)

    def show(self, part: msgspec.Struct | None = None) -> None:
        """Show this value, in place where its type is the one on show. Without one, QWidget.show."""
        if part is None:
            super().show()
            return
        if type(part) is not type(self.part):
            self._build(type(part))
        self.part = part
        for name, row in self.rows.items():
            row.set_value(getattr(part, name))

    def limit(self, count: int | None) -> None:
        """Show only the first ``count`` knobs and those that always stand open, or all of them."""
        self._limit = count
        shown = self._within(count)
        for row in self.rows.values():
            row.setVisible(row in shown)
            row.field.fold(count is not None)
        self.align()

    def standing(self, count: int | None) -> int:
        """How many knobs show under this limit."""
        return len(self._within(count))

    def _within(self, count: int | None) -> list[KnobRow]:
        rows = list(self.rows.values())
        return [row for k, row in enumerate(rows) if count is None or k < count or row.field.stands]

    def fail(self, name: str, sentence: str) -> None:
        """Say what is wrong under the knob ``name``; the text stays as it was typed."""
        row = self.rows.get(name) or next(iter(self.rows.values()), None)
        if row:
            row.complaint.say(sentence)
            row.show()
            self.failed.emit(name, sentence)

    def words(self) -> str:
        """The values in one line, the most important first."""
        said = []
        for name, row in self.rows.items():
            if row.field.stands:
                continue  # it can be seen
            value = getattr(self.part, name)
            if value in (0, "none", None) and value == row.knob.default and not row.field.wide:
                continue  # 0, no: what is off from the start
            if row.field.wide or row.knob.editor == "points":
                if not len(value):
                    continue
                said.append(f"{write_number(len(value))} {row.knob.title}")
            elif isinstance(value, bool):
                said.append(row.knob.title if value else f"no {row.knob.title}")
            elif isinstance(value, str):
                said.append(value.rsplit("/", 1)[-1])
            else:
                said.append(f"{row.knob.title} {write(value)}")
        return " · ".join(text for text in said if text)

    def _build(self, kind: type[msgspec.Struct]) -> None:
        while item := self._column.takeAt(0):
            item.widget().hide()
            item.widget().deleteLater()
        # A part within a part has a form of its own, how a file is read has a dialog, and what is drawn has the stage.
        plain = [k for k in knobs(kind) if not k.family and k.editor not in ("reading", "hand")]
        shown = [k for k in plain if not self._names or k.name in self._names]
        self.rows = {knob.name: KnobRow(knob, self._restarts, self) for knob in shown}
        for row in self.rows.values():
            self._column.addWidget(row)
            row.field.changed.connect(lambda value, row=row: self._take(row, value))
            row.field.asked.connect(self.asked)
            row.field.refused.connect(lambda sentence, row=row: self.fail(row.knob.name, sentence))
        self.limit(self._limit)

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self.part is not None:
            self.align()

    def align(self) -> None:
        """Give the labels that show one width, so that the editors start at one place."""
        narrow = [row.label for row in self._within(self._limit) if not row.field.wide]
        width = max((label.sizeHint().width() for label in narrow), default=0)
        for label in narrow:
            label.setFixedWidth(min(width, LABEL_WIDTH * max(13, label.fontMetrics().height()) // 13))

    def _take(self, row: KnobRow, value: Any) -> None:
        name = row.knob.name
        turn = (
            self.part.turned
            if isinstance(self.part, Part)
            else lambda k, x: msgspec.structs.replace(self.part, **{k: x})
        )
        part = turn(name, value)
        try:
            check_ranges(part)
        except Wrong as wrong:
            self.fail(name, sentence(wrong))
            return
        row.complaint.say("")
        self.merge = row.field.merge
        focus = QApplication.focusWidget()
        self.edited.emit(part, name)
        self.merge = ""
        self._give_back(focus, name)
        if self.part is not None and name in self.rows and not row.complaint.text():
            row.field.set_value(getattr(self.part, name))

    def _give_back(self, focus: QWidget | None, name: str) -> None:
        """The focus stays where it was. An edit may hide its field for a moment, or make it anew: Qt then moves the
        focus to whatever comes next, and the keys that follow are typed there."""
        if focus is None or QApplication.focusWidget() is focus:
            return
        if not isValid(focus) or not focus.isVisibleTo(self.window()):
            focus = self.rows[name].field if name in self.rows else None
        if focus is not None and focus.isVisibleTo(self.window()):
            focus.setFocus()
