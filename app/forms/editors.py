"""Typed editors of knobs. They speak up only when a person edits, so that setting a value needs no signal blocker."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, get_args, get_origin

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QWidget,
)

from app.forms.controls import Line, Slide
from app.forms.slider_stops import SliderStops, members
from app.forms.typed_values import Unreadable, read_number, read_vector, write, write_number
from app.guard import guarded
from engine.registry import Knob


class Editor(QWidget):
    """A knob's editor: ``changed`` and ``refused`` follow what a person does, never ``set_value``."""

    changed = Signal(object)
    refused = Signal(str)
    reverted = Signal()
    asked = Signal(str)  # an editor that the window has, such as "arrows"
    wide = False  # takes the full width below its label
    stands = False  # shows on a folded card, too

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.knob = knob
        self.value: Any = None
        self.merge = ""  # not empty while one gesture goes on
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)

    def set_value(self, value: Any) -> None:
        """Show the document's value. Text that is being typed stays if the value is the one it started from."""
        fresh = value != self.value or type(value) is not type(self.value)
        self.value = value
        self.render(value, fresh)

    def fold(self, folded: bool) -> None:
        """The card shows few knobs, this one among them: show only what is needed."""

    def render(self, value: Any, fresh: bool) -> None:
        """Paint the value; ``fresh``: it differs from the last one."""
        raise NotImplementedError

    def offer(self, read: Callable[[], Any]) -> None:
        """What was typed: the new value, one sentence where it cannot be read, or nothing new."""
        try:
            value = read()
        except Unreadable as problem:
            self.refused.emit(str(problem))
            return
        if value == self.value:
            self.revert()
        else:
            self.changed.emit(value)

    def revert(self) -> None:
        """Back to the document's value."""
        self.render(self.value, True)
        self.reverted.emit()


class TypedEditor(Editor):
    """Any value in one line of text."""

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.line = Line(self)
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.line.setMinimumWidth(40)
        self.line.editingFinished.connect(self._commit)
        self.line.left.connect(self.revert)
        self.row.addWidget(self.line, 1)
        self.setFocusProxy(self.line)

    def read(self, text: str) -> Any:
        """The value of the text. Raises Unreadable."""
        return text

    def render(self, value: Any, fresh: bool) -> None:
        if fresh or not self.line.isModified():
            self.line.put(self.write(value))

    def write(self, value: Any) -> str:
        return write(value)

    def _commit(self) -> None:
        if self.line.isModified():
            self.offer(lambda: self.read(self.line.text()))


class TextEditor(TypedEditor):
    """A word or sentence."""

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.line.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class FormulaEditor(TextEditor):
    """A formula, over the full width."""

    wide = True


class VectorEditor(TypedEditor):
    """A number, or one per axis: ``1`` or ``1, 2``."""

    def read(self, text: str) -> Any:
        if type(None) in members(self.knob.type) and not text.strip():
            return None
        kinds = members(self.knob.type)
        scalar = float in kinds or int in kinds
        lists = [kind for kind in kinds if get_origin(kind) in (tuple, list)]
        whole = bool(kinds) and float not in kinds and all(float not in get_args(kind) for kind in lists)
        return read_vector(text, scalar, whole)


class NumberEditor(TypedEditor):
    """A number with a typed value and, where both ends of the range are known, a slider."""

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        self.scale = None  # before Qt's first change event
        super().__init__(knob, parent)
        self.scale = SliderStops(knob) if knob.low is not None and knob.high is not None else None
        self._last = 0.0
        self._home: tuple[int, Any] = -1, None  # the stop and the value that a gesture begins at
        if self.scale and not self.scale.useful:
            self.scale = None
        if self.scale:
            self.slider = Slide(self)
            self.slider.setRange(0, self.scale.stops)
            self.slider.setPageStep(max(1, self.scale.stops // 10))
            self.slider.sliderPressed.connect(self._begin)
            self.slider.actionTriggered.connect(self._slide)
            self.row.insertWidget(0, self.slider, 1)
            self.row.setStretchFactor(self.line, 0)
            self._measure()

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self.scale:
            self._measure()

    def _measure(self) -> None:
        self.line.setFixedWidth(self.line.fontMetrics().horizontalAdvance("50 0000") + 12)

    def read(self, text: str) -> Any:
        if type(None) in members(self.knob.type) and not text.strip():
            return None
        return read_number(text, float not in members(self.knob.type))

    def render(self, value: Any, fresh: bool) -> None:
        super().render(value, fresh)
        if self.scale and not self.slider.isSliderDown():
            self.slider.setValue(self.scale.stop(value))

    def write(self, value: Any) -> str:
        return write(value) if self.scale or isinstance(value, float) else str(value)  # a seed is copied elsewhere

    def _begin(self) -> None:
        self._last = time.monotonic()
        self.merge = f"{id(self)}.{self._last}"
        self._home = self.scale.stop(self.value), self.value

    def _slide(self) -> None:
        now = time.monotonic()
        if not self.slider.isSliderDown() and now - self._last > 1.0:
            self._begin()  # a run of key presses is one gesture, a pause ends it
        self._last = now
        stop, (home, value) = self.slider.sliderPosition(), self._home
        if stop != home:  # back at its stop it is the number that was there, which may stand between two stops
            value = self.scale.value(stop, self.value)
        if value != self.value:
            self.line.put(write_number(value))
            self.changed.emit(value)
