"""The words of a step below the stage: heading, text, claims as they come true, and the question."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app import theme as themes
from app.forms.controls import Press
from app.guard import guarded
from app.lessons.claim import Claim, Verdict
from app.presenting import formulas
from app.presenting.player import Player
from app.theme import Theme

MARKS = {"holds": ("✓", "good"), "fails": ("✗", "danger"), "undecided": ("≈", "muted"), "missing": ("…", "muted")}
SHARE = 0.26  # of the window's height, where it presents
LARGE = 1.6  # times the theme's text, where it presents
SMALLEST = 0.62  # of that, where the words would not fit
PAD = 14


class StepPanel(QWidget):
    """Hidden while no lesson is open."""

    present = Signal()

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player, self._theme = player, themes.load()
        self._presenting = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.words = Words(player, self)
        self.back = Press("‹", "the step before (Page Up)", self)
        self.forward = Press("›", "the next step (Page Down)", self)
        self.start = Press("present", "the stage and these words alone (F5)", self)
        self.script = Press("back to the script", "the step as the lesson has it (Backspace)", self)
        self.cross = Press("✕", "close the lesson; the scene stays", self)
        self.cross.setAccessibleName("close the lesson")
        self.back.clicked.connect(player.back)
        self.forward.clicked.connect(player.forward)
        self.start.clicked.connect(self.present)
        self.script.clicked.connect(player.resume)
        self.cross.clicked.connect(player.close)
        self._buttons = QWidget(self)
        line = QHBoxLayout(self._buttons)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        for button in (self.back, self.forward, self.script, self.start, self.cross):
            line.addWidget(button)
        self._choices = QWidget(self)
        self._row = QHBoxLayout(self._choices)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD, 6, PAD, 8)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(self._choices, 1)
        top.addWidget(self._buttons)
        column.addLayout(top)
        column.addWidget(self.words, 1)
        player.changed.connect(self.look_again)
        self._asked: object = None
        self.hide()

    def dress(self, theme: Theme) -> None:
        self._theme = theme
        self.look_again()

    def large(self, on: bool) -> None:
        """For an audience: larger words, no buttons but the question's."""
        self._presenting = on
        self.look_again()

    def look_again(self) -> None:
        """Another step, or its claims, or the size of the window."""
        step = self._player.step
        self.setVisible(step is not None)
        if step is None:
            return
        self._buttons.setVisible(not self._presenting)
        self.script.setVisible(self._player.taken_over)
        self._ask()
        high = self.window().height()
        rows = max(6.2 * self._theme.text_px, (SHARE if self._presenting else 0.17) * high)
        self.setFixedHeight(
            round(rows) + (0 if self._presenting and not self._player.asks else round(2 * self._theme.text_px))
        )
        self.words.dress(self._theme, LARGE if self._presenting else 1.0)

    def _ask(self) -> None:
        asked = (self._player.lesson, self._player.at) if self._player.asks else None
        if asked == self._asked:
            return
        self._asked = asked
        while self._row.count() > 1:
            self._row.takeAt(0).widget().deleteLater()
        self._choices.setVisible(asked is not None or not self._presenting)
        if asked is not None:
            ask = self._player.step.ask
            for k, choice in enumerate(ask.choices or ("show it",), 1):
                button = Press(choice, "answer, and see", self)
                button.clicked.connect(lambda _=False, k=k: self._player.answer(k))
                self._row.insertWidget(k - 1, button)

    @guarded
    def sizeHint(self) -> QSize:
        return QSize(400, self.height())


class Words(QWidget):
    """Painted: text on the left, claims on the right."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player, self._theme, self._scale = player, themes.load(), 1.0
        self._laid: tuple = ()
        self._documents: list = []
        self._later = QTimer(self)  # so that another size in the same moment costs nothing
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._lay)

    def dress(self, theme: Theme, scale: float) -> None:
        self._theme, self._scale = theme, scale
        self._later.start(0)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._later.start(0)

    def _lay(self) -> None:
        """Text as large as it may be, and as small as it must."""
        step = self._player.step
        if step is None or self.width() < 50:
            return
        key = (
            step,
            self._player.verdicts,
            self._player.asks,
            self._player.told,
            self._theme,
            self._scale,
            self.size().toTuple(),
        )
        if key == self._laid:
            return
        self._laid = key
        scale = self._scale
        while True:
            self._documents = self._made(scale)
            high = max(y + document.size().height() for document, _, y in self._documents)
            if high <= self.height() or scale <= SMALLEST * self._scale:
                break
            scale -= 0.05 * self._scale
        self.update()

    def _made(self, scale: float) -> list:
        player, step, theme = self._player, self._player.step, self._theme
        right, gap = (0.34, 28) if player.verdicts else (0.0, 0)
        wide = self.width() * (1 - right) - gap
        text = step.ask.question if player.asks else "\n\n".join(filter(None, (step.text, player.told)))
        number = f"{player.at + 1}/{len(player.lesson.steps)}"
        heading = formulas.document(
            f"**{step.heading}** · {number}", themes.font(theme, 1.12 * scale), theme.ink("text"), wide
        )
        found = [(heading, 0.0, 0.0)]
        body = formulas.document(text, themes.font(theme, scale), theme.ink("text"), wide)
        found.append((body, 0.0, heading.size().height() + 3))
        if player.verdicts:
            found.append((_claims(player.verdicts, theme, 0.86 * scale, self.width() * right), wide + gap, 2.0))
        return found

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for document, x, y in self._documents:
                painter.save()
                painter.translate(x, y)
                context = QAbstractTextDocumentLayout.PaintContext()
                context.palette.setColor(QPalette.ColorRole.Text, QColor(self._theme.ink("text")))
                context.clip = QRectF(0, 0, self.width() - x, self.height() - y)
                document.documentLayout().draw(painter, context)
                painter.restore()


def _claims(verdicts: tuple[tuple[Claim, Verdict], ...], theme: Theme, scale: float, width: float) -> QTextDocument:
    """A claim, and below it what was measured: never asserted before."""
    made = QTextDocument()
    made.setDefaultFont(themes.font(theme, scale))
    made.setDocumentMargin(0)
    cursor = QTextCursor(made)
    for k, (claim, verdict) in enumerate(verdicts):
        mark, ink = MARKS[verdict.state]
        if k:
            cursor.insertBlock()
        _insert(cursor, f"{mark}  ", theme.ink(ink), True)
        _insert(cursor, claim.shown, theme.ink("text"))
        if verdict.words:
            _insert(cursor, f"\u2028{verdict.words}", theme.ink("muted"))
    made.setTextWidth(width)
    return made


def _insert(cursor: QTextCursor, text: str, ink: str, bold: bool = False) -> None:
    look = QTextCharFormat()
    look.setForeground(QColor(ink))
    look.setFontWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    cursor.insertText(text, look)
