"""A line in the card of what comes from a file: how its columns are read, and a button that leads to them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.forms.controls import Button
from app.forms.form import polish
from app.loading.draft import law_of, reads_columns
from app.plain_text import Elided, explain
from engine.parts import Part


class ColumnsLine(QWidget):
    """Hidden where there are no columns to choose."""

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = polish(Elided("", self), "muted")
        self.button = Button("Columns…", self)
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        explain(
            self.button, "which columns of the file are x, y, z, class and weight, what is left out, how it is read"
        )
        self.button.clicked.connect(self.asked)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.words, 1)
        line.addWidget(self.button)
        self.hide()

    def show_part(self, part: Part) -> None:
        able = reads_columns(part)
        self.setVisible(able)
        if able:
            words = described(part)
            self.words.setText(words)
            explain(self.words, words)


def described(part: Part) -> str:
    """What was said about its columns; nothing is read for it."""
    choice = law_of(part).choice
    said = [", ".join(choice.columns), choice.classes and f"classes {choice.classes}"]
    said += [choice.only and f"only {', '.join(choice.only)}", choice.weights and f"weights {choice.weights}"]
    said += [choice.layout.array and f"array {choice.layout.array}"]
    return " · ".join(piece for piece in said if piece) or "columns as found"
