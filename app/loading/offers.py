"""What is offered about a file, a press each."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.forms.controls import Press
from app.plain_text import entry, explain
from engine.reading.offer import Offer
from engine.wording import clean

MOST = 3  # that have room
LETTERS = 26


class Offers(QWidget):
    """``taken``: the Offer that was pressed. Hidden where there is none."""

    taken = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[Press] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self.hide()

    def put(self, offers: list[Offer]) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for k, offer in enumerate(offers[:MOST]):
            button = Press(entry(clean(offer.verb, LETTERS)), "", self)
            button.setAutoRaise(False)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setProperty("role", "offer")
            explain(button, offer.words)
            button.clicked.connect(lambda _=False, offer=offer: self.taken.emit(offer))
            self._row.insertWidget(k, button)
            self.buttons.append(button)
        self.setVisible(bool(self.buttons))
