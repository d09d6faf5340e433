"""Adds the state on show to a lesson of one's own as a step: its words, and what it does by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.forms.controls import Button, Choice, Line, Rows
from app.lessons.cue import CUES
from app.lessons.writing import Words
from app.plain_text import Label


class StepDialog(QDialog):
    """``then`` gets the title and the words. ``of`` names the lesson; else its title is asked for."""

    def __init__(self, of: str, then: Callable[[str, Words], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add this state as a step")
        self._then = then
        self.title, self.heading = Line(self), Line(self)
        self.text, self.notes = Rows(self), Rows(self)
        self.cue = Choice(self)
        self.cue.addItems(["nothing moves", *(form for form in CUES if "NUMBER" not in form)])
        form = QFormLayout()
        if of:
            form.addRow(Label("Lesson", self), Label(of, self))
            self.title.hide()
        else:
            form.addRow(Label("Title of the lesson", self), self.title)
        form.addRow(Label("Heading", self), self.heading)
        form.addRow(Label("Text, formulas between $", self), self.text)
        form.addRow(Label("Then", self), self.cue)
        form.addRow(Label("Notes", self), self.notes)
        add, cancel = Button("Add", self), Button("Cancel", self)
        add.setDefault(True)
        add.clicked.connect(self._add)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(add)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.addLayout(form)
        column.addLayout(foot)
        self.resize(520, 380)
        (self.heading if of else self.title).setFocus()

    def _add(self) -> None:
        cue = self.cue.currentText() if self.cue.currentIndex() else ""
        words = Words(self.heading.text(), self.text.toPlainText(), self.notes.toPlainText(), cue)
        self.accept()
        self._then(self.title.text(), words)
