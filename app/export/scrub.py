"""A slider through the frames of a film, and the button that plays them."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.forms.controls import Press, Slide
from app.plain_text import Label, explain

BEAT = 33  # ms


class Scrub(QWidget):
    """``moved`` to a frame, by hand or by playing. It begins in the middle, where a film has most to show."""

    moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.n, self.rate = 1, 0
        self.slider, self.words = Slide(self), Label("", self)
        self.slider.setAccessibleName("frame")
        self.button = Press("Play", "play the film here; a frame that takes too long is left out", self)
        self.button.setCheckable(True)
        self.button.toggled.connect(self._toggled)
        self.slider.valueChanged.connect(self._turned)
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self._beat)
        self._from = (0, 0.0)  # the frame that it was at, and when
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.button)
        row.addWidget(self.slider, 1)
        row.addWidget(self.words)

    @property
    def frame(self) -> int:
        return self.slider.value()

    def show_film(self, n: int, rate: int) -> None:
        """Of so many frames; it stays at the same share of them."""
        if (n, rate) == (self.n, self.rate):
            return
        share = self.frame / (self.n - 1) if self.n > 1 else 0.5
        self.n, self.rate = n, rate
        self.slider.blockSignals(True)
        self.slider.setRange(0, n - 1)
        self.slider.setValue(round(share * (n - 1)))
        self.slider.blockSignals(False)
        self.words.setFixedWidth(self.words.fontMetrics().horizontalAdvance(f"{n / rate:.2f} of {n / rate:.2f} s") + 4)
        self._from = self.frame, time.monotonic()
        self._say()

    def stop(self) -> None:
        self.button.setChecked(False)

    def _say(self) -> None:
        told = f"{self.frame / self.rate:.2f} of {self.n / self.rate:.2f} s"
        self.words.setText(told)
        explain(self.slider, f"frame {self.frame + 1} of {self.n}")

    def _turned(self, frame: int) -> None:
        self._say()
        self.moved.emit(frame)

    def _toggled(self, on: bool) -> None:
        self.button.setText("Pause" if on else "Play")
        self._from = (0 if self.frame == self.n - 1 else self.frame), time.monotonic()
        self._timer.start() if on and self.n > 1 else self._timer.stop()

    def _beat(self) -> None:
        frame, since = self._from
        self.slider.setValue((frame + round((time.monotonic() - since) * self.rate)) % self.n)
