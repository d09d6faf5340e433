"""What the engine and the window have to say: a sentence that floats over the stage, and moves nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.forms.controls import Press
from app.forms.form import polish
from app.guard import guarded
from app.plain_text import Label

MARGIN = 8  # px to the rim of what it floats over
MOST = 400  # letters
READ = 12_000  # ms after which a sentence goes that is neither a fault nor a question


class Notice(QFrame):
    """Hidden while there is nothing to say; never modal, gone with Escape or its button.

    A sentence is about the experiment on the cards, and goes with it, unless it ``lasts``.
    """

    closed = Signal()

    def __init__(self, over: QWidget, about: Callable[[], object]) -> None:
        """``about`` tells the experiment that is on the cards."""
        super().__init__(over)
        polish(self, "notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = Label(parent=self)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = Press("", parent=self)
        self.cross = Press("✕", "close this message (Esc)", self)
        self.cross.setAccessibleName("close this message")
        self._action: Callable[[], object] | None = None
        self._dismissed, self._lasts = "", False
        self._experiment, self._about = about, about()
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setInterval(READ)
        self._clock.timeout.connect(self.hide)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 5, 6, 5)
        line.setSpacing(6)
        line.addWidget(self.text, 1)
        line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.cross, 0, Qt.AlignmentFlag.AlignTop)
        self.button.clicked.connect(self._act)
        self.cross.clicked.connect(self.dismiss)
        over.installEventFilter(self)
        self.hide()

    def say(
        self,
        message: str,
        error: bool = False,
        button: str = "",
        action: Callable[[], object] | None = None,
        lasts: bool = False,
        passes: bool = False,
    ) -> None:
        """Show a sentence. One that was closed stays closed until another one, or none, has been said; ``passes``: its
        button is an offer, no question, and goes with it."""
        message = message if len(message) <= MOST else f"{message[: MOST - 1]}…"
        if message == self._dismissed and message:
            return
        self._dismissed, self._action, self._lasts, self._about = "", action, lasts, self._experiment()
        if message != self.text.text():
            polish(self.text, "danger" if error else "")
            self.text.style().unpolish(self.text)
            self.text.style().polish(self.text)
            self.text.setText(message)
        self.button.setText(button)
        self.button.setVisible(bool(button and action))
        self._clock.stop()
        if message and not error and (passes or not button):
            self._clock.start()
        self.setVisible(bool(message))
        self.place()

    def pass_on(self) -> None:
        """Another experiment may be on the cards: what was said about the one before goes."""
        if not self._lasts and self._about is not self._experiment():
            self.say("")

    def dismiss(self) -> bool:
        """Close it; True if there was something to close."""
        if self.isHidden():
            return False
        self._dismissed = self.text.text()
        self.hide()
        self.closed.emit()
        return True

    def place(self) -> None:
        """At the bottom of what it floats over, where no words stand, as wide as the sentence needs."""
        if self.isHidden():
            return
        room = self.parentWidget().width() - 2 * MARGIN
        words = self.text.fontMetrics().horizontalAdvance(self.text.text()) + 8
        rest = self.layout().minimumSize().width() - self.text.minimumSizeHint().width()
        wide = max(1, min(room, words + rest))
        self.resize(wide, self.layout().totalHeightForWidth(wide))
        self.move(MARGIN + (room - wide) // 2, max(0, self.parentWidget().height() - self.height() - MARGIN))
        self.raise_()

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.place()

    def _act(self) -> None:
        action = self._action
        self.dismiss()
        if action:
            action()
