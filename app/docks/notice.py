"""A banner of one line for what the engine has to say: never modal, gone with Escape or its button."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.forms.controls import Press
from app.forms.form import polish
from app.plain_text import Elided, explain


class Notice(QFrame):
    """Hidden while there is nothing to say."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        polish(self, "card")
        self.text = Elided("", self)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = Press("", parent=self)
        self.cross = Press("✕", "close this message (Esc)", self)
        self.cross.setAccessibleName("close this message")
        self._action: Callable[[], object] | None = None
        self._dismissed = ""
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 4, 6, 4)
        line.setSpacing(6)
        line.addWidget(self.text, 1)
        line.addWidget(self.button)
        line.addWidget(self.cross)
        self.button.clicked.connect(self._act)
        self.cross.clicked.connect(self.dismiss)
        self.hide()

    def say(
        self, message: str, error: bool = False, button: str = "", action: Callable[[], object] | None = None
    ) -> None:
        """Show a sentence. One that was closed stays closed until another one, or none, has been said."""
        if message == self._dismissed and message:
            return
        self._dismissed = ""
        self._action = action
        if message != self.text.text():
            polish(self.text, "danger" if error else "")
            self.text.style().unpolish(self.text)
            self.text.style().polish(self.text)
            self.text.setText(message)
            explain(self.text, message)
        self.button.setText(button)
        self.button.setVisible(bool(button and action))
        self.setVisible(bool(message))

    def dismiss(self) -> bool:
        """Close it; True if there was something to close."""
        if self.isHidden():
            return False
        self._dismissed = self.text.text()
        self.hide()
        self.closed.emit()
        return True

    def _act(self) -> None:
        action = self._action
        self.dismiss()
        if action:
            action()
