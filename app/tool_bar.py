"""The bar above the stage while something is drawn, made from what the tool in hand declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.actions import with_keys
from app.document import Document
from app.forms.controls import Button, Press
from app.forms.editors import Editor, NumberEditor
from app.forms.form import polish, tooltip
from app.forms.pen_button import PenButton
from app.forms.pickers import ButtonsEditor, field
from app.forms.typed_values import nice
from app.guard import guarded
from app.plain_text import Elided, Label, explain, sentence
from app.tool_aside import Aside
from app.tools.tool import Drawing, Entry, Nudge, Tool, Verb, palette
from engine.parts import Wrong
from engine.registry import Knob, knobs

SLIDER = 90  # px at most
WORDS = 8  # text heights that a hint is worth showing in
MARGIN = 10  # px at its ends


class ToolBar(QFrame):
    """Hidden while nothing is drawn."""

    done = Signal()
    wanted = Signal(str, str)  # a knob and a file for it, which the window reads before it is taken
    refused = Signal(str)  # a knob's text that cannot be taken, in one sentence

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        polish(self, "panel")
        self.document = document
        self.face: Face | None = None  # of the tool in hand
        self._room = QVBoxLayout(self)
        self._room.setContentsMargins(MARGIN, 0, MARGIN, 0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # it never widens the window
        document.drawing_changed.connect(self.refresh)
        self.hide()

    def refresh(self) -> None:
        """Show the document's drawing."""
        drawing = self.document.drawing
        self.setVisible(drawing is not None)
        kind = (type(drawing.tool), drawing.canvas.dim) if drawing is not None else None
        if self.face is not None and self.face.of != kind:
            self.face.hide()  # with it go its keys
            self.face.deleteLater()
            self.face = None
        if drawing is not None and self.face is None:
            self.face = Face(self, *kind)
            self._room.addWidget(self.face)
        if drawing is not None:
            self.face.show_drawing(drawing)
            self._fit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            QTimer.singleShot(0, self, self._fit)  # when what stands in the bar has it, too

    def _fit(self) -> None:
        if self.face is not None:
            self.face.fit(self.width() - 2 * MARGIN)

    def turn(self, name: str, value: Any) -> None:
        """Turn a knob of the tool, as far as that can be."""
        try:
            self.document.turn(name, value)
        except Wrong as wrong:
            self.refused.emit(sentence(wrong))
            self.refresh()

    def nudge(self, nudge: Nudge, factor: float) -> None:
        """Turn a number by a factor, to the end of its range at most."""
        tool = self.document.drawing.tool
        knob = next(knob for knob in knobs(type(tool)) if knob.name == nudge.knob)
        now = getattr(tool, nudge.knob)
        value = min(max(nice(now * factor, 2), knob.low), knob.high)
        self.turn(nudge.knob, type(now)(value))  # a whole number stays one

    def pick(self, kind: type[Tool], entry: Entry) -> None:
        """Another tool of the palette, for the same end."""
        self.document.begin(kind, dict(entry.knobs))

    def do(self, verb: Verb) -> None:
        """What a button of the bar is for; a stroke in progress ends before."""
        self.document.finish()
        drawing = self.document.drawing
        canvas = drawing.tool.seen(drawing.canvas, self.document.look)
        self.document.draw(verb.does(drawing.tool, canvas))


class Face(QWidget):
    """What stands in the bar for one kind of tool: its title, knobs, hint, count and verbs."""

    def __init__(self, bar: ToolBar, kind: type[Tool], dim: int) -> None:
        super().__init__(bar)
        self.of = kind, dim
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.line.setSpacing(4)
        if kind.title:
            self._add(polish(Label(kind.title, self), "heading"), 10)
        self.labels: list[Label] = []
        self._fitted: tuple[int, int] | None = None  # width and text height that it has been fitted to
        self.pens = [(cls, entry, self._pen(bar, cls, entry)) for cls, entry in palette(kind.palette, dim)]
        self.line.addSpacing(8 if self.pens else 0)
        verbs = [verb for verb in kind.verbs if dim in verb.dims]
        here = [knob for knob in knobs(kind) if knob.name not in (*kind.aside, *kind.idle) and knob.editor != "hand"]
        self.editors = {knob.name: self._editor(bar, knob) for knob in here}
        self.aside = Aside(kind, dim, self) if kind.aside else None
        if self.aside is not None:
            self.aside.form.edited.connect(lambda part, name: self._take(bar, name, getattr(part, name)))
            self.aside.done.connect(bar.do)
            self._add(self.aside, 8)
        self.hint = polish(Elided(kind.hint, self), "muted")
        explain(self.hint, kind.hint)
        self.hint.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.line.addWidget(self.hint, 1)
        self.said = polish(Elided(parent=self), "muted")
        self._add(self.said, 6)
        self.verbs = {verb.text: (verb, self._button(bar, verb)) for verb in verbs if verb.button and not verb.aside}
        self.leave = Button("Done", self)
        explain(self.leave, "back to the picture (Esc)")
        self.leave.clicked.connect(bar.done)
        self.line.addWidget(self.leave)
        for verb in verbs:
            for key in verb.keys:
                self._key(key, lambda verb=verb: bar.do(verb))
        for nudge in kind.nudges:
            self._key(nudge.down, lambda nudge=nudge: bar.nudge(nudge, 1 / nudge.factor))
            self._key(nudge.up, lambda nudge=nudge: bar.nudge(nudge, nudge.factor))

    def show_drawing(self, drawing: Drawing) -> None:
        """Show the tool's knobs and what is on its canvas."""
        for name, editor in self.editors.items():
            editor.set_value(drawing.tool.value(drawing.canvas, name))
        if self.aside is not None:
            self.aside.form.show(drawing.tool)
        for cls, entry, button in self.pens:
            button.setChecked(
                cls is type(drawing.tool) and all(getattr(drawing.tool, k) == value for k, value in entry.knobs)
            )
        said = drawing.tool.said(drawing.canvas)
        self.said.setText(said)
        explain(self.said, said)
        in_hand = drawing.tool.live and drawing.canvas.at is not None  # it follows at every move: no time for it
        for verb, button in () if in_hand else tuple(self.verbs.values()):
            button.setEnabled(verb.does(drawing.tool, drawing.canvas) is not drawing.canvas)

    def fit(self, width: int) -> None:
        """What can be missed stands in the bar where there is room for it: sliders beside their numbers, and words."""
        room = width, self.font().pixelSize()
        if room == self._fitted:
            return
        self._fitted = room
        numbers = [editor for editor in self.editors.values() if isinstance(editor, NumberEditor) and editor.scale]
        spare = [self.hint, *(editor.slider for editor in numbers), self.said, *self.labels]
        if self.aside is not None:  # there they are, too
            spare += [editor for editor in self.editors.values() if not isinstance(editor, ButtonsEditor)]
            spare += [button for _, button in self.verbs.values()]
        for widget in spare:
            widget.show()
        for words in (self.hint, self.said):  # fewer letters say nothing
            words.setMinimumWidth(min(WORDS * room[1], words.sizeHint().width()))
        while spare and self.layout().totalMinimumSize().width() > width:
            spare.pop(0).hide()

    def _take(self, bar: ToolBar, name: str, value: Any) -> None:
        read = any(knob.name == name and knob.editor == "path" for knob in knobs(self.of[0]))
        bar.wanted.emit(name, value) if read else bar.turn(name, value)

    def _add(self, widget: QWidget, space: int) -> None:
        self.line.addWidget(widget)
        self.line.addSpacing(space)

    def _editor(self, bar: ToolBar, knob: Knob) -> Editor:
        editor = field(knob, self)
        if not isinstance(editor, ButtonsEditor):
            label = polish(Label(knob.title, self), "muted")
            explain(label, tooltip(knob))
            self.line.addWidget(label)
            self.labels.append(label)
            explain(editor, tooltip(knob))
            (editor.focusProxy() or editor).setAccessibleName(knob.title)
        if isinstance(editor, NumberEditor) and editor.scale:
            editor.slider.setMaximumWidth(SLIDER)
        editor.changed.connect(lambda value: self._take(bar, knob.name, value))
        editor.refused.connect(bar.refused)
        self._add(editor, 8)
        return editor

    def _pen(self, bar: ToolBar, kind: type[Tool], entry: Entry) -> PenButton:
        button = PenButton(entry.icon, entry.text, with_keys(f"{entry.text}: {entry.tip}", entry.keys), self)
        button.clicked.connect(lambda: bar.pick(kind, entry))
        self.line.addWidget(button)
        return button

    def _button(self, bar: ToolBar, verb: Verb) -> Press:
        button = Press(verb.text, with_keys(verb.tip, verb.keys), self)
        button.clicked.connect(lambda: bar.do(verb))
        self.line.addWidget(button)
        return button

    def _key(self, key: str, call: Callable[[], None]) -> None:
        """A key that is the tool's while its bar is visible."""
        QShortcut(QKeySequence(key), self).activated.connect(call)
