"""Text that is shown as it is, wherever it comes from: a file, its name, a plug-in, an exception.

Qt guesses: what looks like HTML in a label or a tooltip is set as HTML, which reads the files that it names.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QAction, QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QGraphicsItem, QLabel, QMessageBox, QPushButton, QToolTip, QWidget

from app.guard import guarded
from app.scene.typeset import typeset
from engine.parts import Wrong


class Label(QLabel):
    """The one label of the window: a law in the tests finds any other."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


class Elided(Label):
    """One line of text; what does not fit ends in an ellipsis (its tooltip should have the whole)."""

    mode = Qt.TextElideMode.ElideRight

    @guarded
    def minimumSizeHint(self) -> QSize:
        return QSize(16, super().minimumSizeHint().height())

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            room = self.contentsRect()
            text = self.fontMetrics().elidedText(self.text(), self.mode, room.width())
            painter.drawText(room, int(self.alignment() | Qt.TextFlag.TextSingleLine), text)


class Box(QMessageBox):
    """A message with a heading."""

    def __init__(self, title: str, text: str, more: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setInformativeText(more)
        for label in self.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)

    def ask(self, verb: str, then: Callable[[], object]) -> None:
        """Open it with a button that does it, and one that does not; it stops nothing."""
        no = self._with(verb, then)
        self.setDefaultButton(no)
        self.open()

    def offer(self, safe: str, first: Callable[[], object], verb: str, then: Callable[[], object]) -> None:
        """The same with a button before it that is safe, and is meant by Return."""
        good = self.addButton(safe, QMessageBox.ButtonRole.AcceptRole)
        good.clicked.connect(first)
        self._with(verb, then)
        self.setDefaultButton(good)
        self.open()

    def _with(self, verb: str, then: Callable[[], object]) -> QPushButton:
        """A button that does it, and one that leaves all as it is."""
        yes = self.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
        no = self.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        self.setEscapeButton(no)
        yes.clicked.connect(then)
        self.finished.connect(self.deleteLater)
        return no


def plain(text: str) -> str:
    """For a place where Qt guesses and cannot be told: what it would take for HTML is escaped."""
    if not Qt.mightBeRichText(text):
        return text
    return Qt.convertFromPlainText(text, Qt.WhiteSpaceMode.WhiteSpaceNormal)


def explain(what: QWidget | QAction | QGraphicsItem, words: str, formula: str = "") -> None:
    """Give it a tooltip: words and, below them, a formula that is set as one."""
    what.setToolTip(with_formula(words, formula) if formula else plain(words))


def with_formula(words: str, formula: str) -> str:
    """Words as they are, and the formula below: as HTML, of which no letter is the text's own."""
    lines = "<br>".join(escape(line) for line in words.splitlines())
    return f'<p>{lines}</p><p style="font-size: large">{typeset(formula)}</p>'


def tell(what: QWidget, at: QPoint, words: str) -> None:
    """Show this at a place of the screen until the cursor moves on; nothing where there are no words."""
    spot = what.mapFromGlobal(at)
    QToolTip.showText(at, plain(words), what, QRect(spot.x() - 1, spot.y() - 1, 3, 3))


def entry(text: str) -> str:
    """For a menu, a tab or a button, where an ampersand would be the mark of a key."""
    return text.replace("&", "&&")


def sentence(wrong: Wrong) -> str:
    """Its message as a sentence: a capital, a full stop."""
    text = wrong.message.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
