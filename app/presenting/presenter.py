"""The presenter's own window: the live stage, notes, what comes next, the clock, the steps. It is never on the
projector by itself, and what is done in it moves the lesson alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app import theme as themes
from app.forms.controls import Press
from app.guard import guarded
from app.plain_text import Label
from app.presenting.player import Player
from app.presenting.words import MARKS

BEAT = 100  # ms between two pictures of the mirror
THUMBNAIL = 128  # px


class PresenterWindow(QWidget):
    """``grab`` gives a copy of what the audience sees."""

    swap = Signal()
    closed = Signal()

    def __init__(self, player: Player, grab: Callable[[], QImage | None]) -> None:
        super().__init__()
        self.setWindowTitle("Presenter - Rewire")
        self._player, self._grab = player, grab
        self._begun, self._paused = time.monotonic(), 0.0  # paused: when it was, or 0
        self.mirror = Mirror(self)
        self.notes, self.next = Label(parent=self), Label(parent=self)
        self.clock, self.elapsed, self.claims, self.state = (Label(parent=self) for _ in range(4))
        for label in (self.notes, self.next, self.claims, self.state):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.notes.setSizePolicy(self.notes.sizePolicy().horizontalPolicy(), self.notes.sizePolicy().verticalPolicy())
        self.pause = Press("pause the clock", "the clock alone; the lesson goes on", self)
        self.reset = Press("zero", "the clock starts again", self)
        self.swapped = Press("swap screens", "the audience's window goes to the other screen (X)", self)
        self.pause.clicked.connect(self._pause)
        self.reset.clicked.connect(self._zero)
        self.swapped.clicked.connect(self.swap)
        self.steps = QListWidget(self)
        self.steps.setIconSize(QSize(THUMBNAIL, THUMBNAIL * 9 // 16))
        self.steps.setWordWrap(True)
        self.steps.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for button in (self.pause, self.reset, self.swapped):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.steps.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys go through the lesson
        self.steps.itemClicked.connect(lambda item: player.go(self.steps.row(item)))
        self._arrange()
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self._beat)
        self._shown: object = None
        player.changed.connect(self.look_again)
        player.prepared.changed.connect(self.look_again)
        self.resize(1100, 700)

    def _arrange(self) -> None:
        times = QHBoxLayout()
        for widget in (self.clock, self.elapsed, self.pause, self.reset, self.swapped):
            times.addWidget(widget)
        times.addStretch(1)
        right = QVBoxLayout()
        for heading, widget, stretch in (("Notes", self.notes, 3), ("Claims", self.claims, 2), ("Next", self.next, 1)):
            head = Label(heading, self)
            head.setFont(themes.font(themes.load(), 0.9, bold=True))
            right.addWidget(head)
            right.addWidget(widget, stretch)
        right.addWidget(self.state)
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setSpacing(12)
        grid.addWidget(self.mirror, 0, 0)
        grid.addLayout(right, 0, 1)
        grid.addLayout(times, 1, 0)
        grid.addWidget(self.steps, 0, 2, 2, 1)
        grid.setColumnStretch(0, 5)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(2, 2)
        grid.setRowStretch(0, 1)

    def begin(self) -> None:
        self._zero()
        self._timer.start()
        self.look_again()
        self.show()

    def look_again(self) -> None:
        """Another step, or what is known of it."""
        player = self._player
        if player.lesson is None:
            return
        steps, at = player.lesson.steps, player.at
        if self._shown is not player.lesson:
            self._shown = player.lesson
            self.steps.clear()
            for k, step in enumerate(steps, 1):
                QListWidgetItem(f"{k}  {step.heading}", self.steps)
        self.steps.setCurrentRow(at)
        self.notes.setText(steps[at].notes or "No notes.")
        self.claims.setText(
            "\n".join(f"{MARKS[v.state][0]} {c.shown}   {v.words}" for c, v in player.verdicts) or "It claims nothing."
        )
        cues = ", then ".join(map(str, steps[at].cues)) or "nothing moves"
        after = f"{steps[at + 1].heading}" if at + 1 < len(steps) else "the end"
        self.next.setText(f"{after}\nThis step: {cues}")
        ready = at + 1 >= len(steps) or player.prepared.ready(at + 1)
        taken = "The scene was taken over: Backspace goes back to the script. " if player.taken_over else ""
        self.state.setText(taken + ("The next step is ready." if ready else "The next step is still being prepared."))

    def _beat(self) -> None:
        picture = self._grab()
        if picture is not None:
            self.mirror.put(picture)
            item = self.steps.item(self._player.at)
            if item is not None and item.icon().isNull():
                side = Qt.TransformationMode.SmoothTransformation
                item.setIcon(QIcon(QPixmap.fromImage(picture.scaledToWidth(THUMBNAIL, side))))
        self.clock.setText(datetime.now().strftime("%H:%M"))
        seconds = int((self._paused or time.monotonic()) - self._begun)
        self.elapsed.setText(f"{seconds // 60}:{seconds % 60:02d}")

    def _pause(self) -> None:
        if self._paused:
            self._begun += time.monotonic() - self._paused
        self._paused = 0.0 if self._paused else time.monotonic()
        self.pause.setText("go on" if self._paused else "pause the clock")

    def _zero(self) -> None:
        self._begun = time.monotonic()
        self._paused = self._begun if self._paused else 0.0

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self.closed.emit()
        super().closeEvent(event)


class Mirror(QWidget):
    """What the audience sees, in its proportions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: QImage | None = None
        self.setMinimumSize(240, 150)

    def put(self, picture: QImage) -> None:
        self._picture = picture
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), self._picture)
