"""The clips of a timeline, one row each: its film, how long it lasts, and the words above it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.export.films.timeline import Clip
from app.export.footage_knobs import films
from app.forms.controls import Press
from app.forms.form import Form, polish
from app.plain_text import Label
from engine.parts import knob

TITLES = tuple(title for title, cls in films().items() if cls.__struct_config__.tag != "timeline")
Row = msgspec.defstruct(
    "Row",
    [
        ("film", Annotated[Literal[TITLES], knob("film", tip="What this clip is.")], TITLES[0]),
        ("seconds", Annotated[float, knob("lasts", 0.1, 600.0, log=True, unit="s", tip="How long.")], 4.0),
        ("words", Annotated[str, knob("words", tip="What stands above it.")], ""),
    ],
    frozen=True,
)


class ClipList(QWidget):
    """``edited`` carries all clips as the person wants them."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clips: tuple[Clip, ...] = ()
        self.forms: list[Form] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.more = Press("Add a clip", "one more, at the end", self)
        self.more.clicked.connect(lambda: self._change((*self.clips, Clip())))
        self._column.addWidget(self.more)

    def show_clips(self, clips: tuple[Clip, ...]) -> None:
        """These, in place where there are as many as before."""
        if len(clips) != len(self.forms):
            self._build(len(clips))
        self.clips = clips
        named = {cls.__struct_config__.tag: title for title, cls in films().items()}
        for form, clip in zip(self.forms, clips, strict=True):
            form.show(Row(named[clip.film], clip.seconds, clip.words))

    def _build(self, many: int) -> None:
        while self._column.count() > 1:
            widget = self._column.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        self.forms = []
        for k in range(many):
            held = QWidget(self)
            rows = QVBoxLayout(held)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(2)
            head = QHBoxLayout()
            head.addWidget(polish(Label(f"Clip {k + 1}", held), "muted"), 1)
            for text, tip, change in (
                ("↑", "earlier", lambda k=k: self._moved(k, -1)),
                ("↓", "later", lambda k=k: self._moved(k, 1)),
                ("×", "leave it out", lambda k=k: self._change((*self.clips[:k], *self.clips[k + 1 :]))),
            ):
                button = Press(text, tip, held)
                button.setAccessibleName(f"{tip}: clip {k + 1}")
                button.setEnabled({"↑": k > 0, "↓": k < many - 1, "×": many > 1}[text])
                button.clicked.connect(lambda _=False, change=change: change())
                head.addWidget(button)
            form = Form(parent=held)
            form.edited.connect(lambda row, name, k=k: self._edited(k, row, name))
            rows.addLayout(head)
            rows.addWidget(form)
            self.forms.append(form)
            self._column.insertWidget(k, held)

    def _edited(self, k: int, row: Any, name: str) -> None:
        fields = {"seconds": row.seconds, "words": row.words}
        if name == "film":  # its knobs are another film's
            fields |= {"film": films()[row.film].__struct_config__.tag, "knobs": {}}
        self._change((*self.clips[:k], msgspec.structs.replace(self.clips[k], **fields), *self.clips[k + 1 :]))

    def _moved(self, k: int, by: int) -> None:
        clips = list(self.clips)
        clips.insert(k + by, clips.pop(k))
        self._change(tuple(clips))

    def _change(self, clips: tuple[Clip, ...]) -> None:
        self.edited.emit(clips)
