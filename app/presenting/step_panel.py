"""The words of a step below the stage: heading, text, claims as they come true, and the question."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app import theme as themes
from app.canvas.beside import grown
from app.forms.controls import Press
from app.guard import guarded
from app.presenting import words
from app.presenting.player import Player
from app.theme import Theme

SHARE = 0.26  # of the window's height, where it presents
LARGE = 1.9  # times the theme's text, where it presents
CHOICE = 0.8  # of that: the answers to choose from
PAD = 14
LEAST = 3.6  # heights of a letter that are left of the words where the window is low; then they are smaller


def enlarged(high: int) -> float:
    """How many times the theme's text the words are for an audience, on a screen of this height."""
    return LARGE * grown(high)


class StepPanel(QWidget):
    """Hidden while no lesson is open."""

    present = Signal()

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player, self._theme = player, themes.load()
        self._presenting, self._wanted = False, 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
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
        large = enlarged(high) if self._presenting else 1.0
        px = round(CHOICE * large * self._theme.text_px)
        rim = f"font-size: {px}px; border: 1px solid {self._theme.ink('muted')}; border-radius: 6px"
        self._choices.setStyleSheet(f"QToolButton {{ {rim} }}" if self._presenting else "")
        rows = max(6.2 * self._theme.text_px, (SHARE if self._presenting else 0.17) * high)
        line = round((2 * CHOICE * large * self._player.asks if self._presenting else 2) * self._theme.text_px)
        self._wanted = round(rows) + line
        self.setMaximumHeight(self._wanted)
        self.setMinimumHeight(min(self._wanted, round(LEAST * self._theme.text_px) + line))
        self.updateGeometry()
        self.words.dress(self._theme, large)

    def _ask(self) -> None:
        asked = (self._player.lesson, self._player.at) if self._player.asks else None
        self._choices.setVisible(asked is not None or not self._presenting)  # it holds the buttons to the right
        if asked == self._asked:
            return
        self._asked = asked
        while self._row.count() > 1:
            self._row.takeAt(0).widget().deleteLater()
        if asked is not None:
            ask = self._player.step.ask
            for k, choice in enumerate(ask.choices or ("show it",), 1):
                button = Press(choice, "answer, and see", self)
                button.clicked.connect(lambda _=False, k=k: self._player.answer(k))
                self._row.insertWidget(k - 1, button)

    @guarded
    def sizeHint(self) -> QSize:
        return QSize(400, self._wanted)


class Words(QWidget):
    """Painted: text on the left, claims on the right."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player, self._theme, self._scale = player, themes.load(), 1.0
        self._key: tuple = ()
        self._laid: words.Laid | None = None
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
        player = self._player
        if player.step is None or self.width() < 50:
            return
        said = words.Said(
            player.step.heading,
            f"{player.at + 1}/{len(player.lesson.steps)}",
            player.step.ask.question if player.asks else "\n\n".join(filter(None, (player.step.text, player.told))),
            () if player.asks else player.verdicts,  # they would tell what is asked
        )
        key = said, self._theme, self._scale, self.size().toTuple()
        if key != self._key:
            self._key, self._laid = key, words.lay(said, self._theme, self._scale, self.width(), self.height())
            self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._laid is not None:
            with QPainter(self) as painter:
                words.paint(painter, self._laid, self._theme)
