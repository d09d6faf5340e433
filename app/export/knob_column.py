"""The column of knobs beside a preview: forms under headings, one below the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.export.footage_knobs import LENGTHS
from app.forms.controls import Press
from app.forms.form import Form, polish
from app.plain_text import Label

WIDE = 25  # text heights


class KnobColumn(QScrollArea):
    """Filled from top to bottom; ``finish`` it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.inner = QWidget()
        self.rows = QVBoxLayout(self.inner)
        self.rows.setContentsMargins(0, 0, 8, 0)
        self.rows.setSpacing(5)

    def form(self, edited: Callable[[Any, str], object], heading: str = "", names: tuple[str, ...] = ()) -> Form:
        if heading:
            self.heading(heading)
        form = Form(names=names, parent=self.inner)
        form.edited.connect(edited)
        self.rows.addWidget(form)
        return form

    def heading(self, words: str) -> None:
        self.rows.addSpacing(6)
        self.rows.addWidget(polish(Label(words, self.inner), "heading"))

    def muted(self) -> Label:
        label = polish(Label("", self.inner), "muted")
        label.setWordWrap(True)
        self.rows.addWidget(label)
        return label

    def lengths(self, chosen: Callable[[float], object]) -> None:
        """Lengths of films to choose from; 0: as long as it is by itself."""
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addStretch(1)
        for seconds in (*LENGTHS, 0.0):
            tip = "how long the film lasts" if seconds else "as long as the film is by itself"
            button = Press(f"{seconds:.0f} s" if seconds else "by itself", tip, self.inner)
            button.clicked.connect(lambda _=False, seconds=seconds: chosen(seconds))
            row.addWidget(button)
        self.rows.addLayout(row)

    def finish(self) -> None:
        self.rows.addStretch(1)
        self.setWidget(self.inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDE * self.fontMetrics().height())
