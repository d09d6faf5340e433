"""The words of a step of one's own: for the state on show, or for a step that is there; and how they look."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.forms.controls import Box, Button, Choice, Line
from app.forms.form import polish
from app.guard import guarded
from app.lessons.claim import Verdict, claim
from app.lessons.cue import CUES
from app.lessons.writing import Words
from app.plain_text import Label
from app.presenting import words as page
from app.theme import Theme
from engine.parts import Wrong

NOTHING = "nothing moves"
REST = 200  # ms after the last letter
SHOWN = 150  # px of the preview


class StepDialog(QDialog):
    """``then`` gets the title and the words. ``of`` names the lesson; else its title is asked for. ``old``: the words
    of a step that is there; ``scene`` then says whether it takes what is on show."""

    def __init__(
        self, of: str, then: Callable[[str, Words], object], parent: QWidget, theme: Theme, old: Words | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add this state as a step" if old is None else "Edit this step")
        self._then = then
        self.title, self.heading = Line(self), Line(self)  # all in the order in which Tab goes through them
        self.text, self.cue, self.claims, self.notes = _lines(self, 4), Choice(self), _lines(self, 2), _lines(self, 2)
        self.cue.setEditable(True)  # several with commas between, or with a number
        self.cue.addItems([NOTHING, *(form for form in CUES if "NUMBER" not in form)])
        self.scene = Box("its scene becomes the one on show", self)
        self.wrong = polish(Label("", self), "danger")
        self.wrong.setWordWrap(True)
        self.wrong.hide()
        self.preview = Preview(theme, self)
        form = QFormLayout()
        if of:
            form.addRow(Label("Lesson", self), Label(of, self))
            self.title.hide()
        else:
            form.addRow(Label("Title of the lesson", self), self.title)
        form.addRow(Label("Heading", self), self.heading)
        form.addRow(Label("Text, formulas between $", self), self.text)
        form.addRow(Label("Then", self), self.cue)
        form.addRow(Label("Claims, one a line", self), self.claims)
        form.addRow(Label("Notes", self), self.notes)
        self.claims.setPlaceholderText("straightness of round 2 < 0.02")
        form.addRow(Label("", self), self.scene)
        form.setRowVisible(self.scene, old is not None)
        done, cancel = Button("Add" if old is None else "Save", self), Button("Cancel", self)
        done.setDefault(True)
        done.clicked.connect(self._add)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.wrong, 1)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(done)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.addLayout(form, 1)
        column.addWidget(self.preview)
        column.addLayout(foot)
        if old is not None:
            self._put(old)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REST)
        self._later.timeout.connect(self._see)
        for changed in (self.heading.textEdited, self.text.textChanged, self.claims.textChanged):
            changed.connect(self._later.start)
        self._later.start()
        self.resize(620, 620)
        (self.heading if of else self.title).setFocus()

    def words(self) -> Words:
        """As they stand there now."""
        cue = self.cue.currentText().strip()
        claims = tuple(line.strip() for line in self.claims.toPlainText().splitlines() if line.strip())
        return Words(
            self.heading.text(),
            self.text.toPlainText(),
            self.notes.toPlainText(),
            "" if cue == NOTHING else cue,
            claims,
        )

    def _put(self, old: Words) -> None:
        self.heading.setText(old.heading)
        self.text.setPlainText(old.text)
        self.notes.setPlainText(old.notes)
        self.claims.setPlainText("\n".join(old.claims))
        self.cue.setCurrentText(old.cue or NOTHING)

    def _see(self) -> None:
        now, verdicts = self.words(), []
        for text in now.claims:
            try:
                verdicts.append((claim(text), Verdict("missing", "")))
            except Wrong:  # it is still being typed
                continue
        self.preview.show_words(page.Said(now.heading or "A step", "", now.text, tuple(verdicts)))

    def _add(self) -> None:
        """What cannot be read is told here, where it can be mended."""
        words = self.words()
        try:
            words.check()
        except Wrong as wrong:
            self.wrong.setText(f"{str(wrong).rstrip('.')}.")
            self.wrong.show()
            return
        self.accept()
        self._then(self.title.text(), words)


class Preview(QWidget):
    """The words as the window has them below the stage."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._said: page.Said | None = None
        self._laid: page.Laid | None = None
        self.setFixedHeight(SHOWN)

    def show_words(self, said: page.Said) -> None:
        self._said = said
        self._laid = page.lay(said, self._theme, 1.0, max(50, self.width()), self.height())
        self.update()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._said is not None:
            self.show_words(self._said)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._laid is not None:
            with QPainter(self) as painter:
                page.paint(painter, self._laid, self._theme)


def _lines(parent: QWidget, rows: int) -> QPlainTextEdit:
    """Where Return begins another line, and Tab goes on."""
    made = QPlainTextEdit(parent)
    made.setTabChangesFocus(True)
    made.setMinimumHeight((rows + 1) * made.fontMetrics().lineSpacing())
    return made
