"""Below the stage: t, and beside it the slider that a view has of its own."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QMouseEvent, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QToolButton, QWidget

from app.guard import guarded
from app.plain_text import Label, explain
from app.scene import compose
from app.scene.look import Look
from app.theme import Theme, font
from engine.registry import Knob

STEPS = 1000  # of a slider
T = Knob(
    "t", "t", float, 0.62, 0.0, 1.0, tip="from the source (0) to the target (1): X_t = t X1 + (1−t) X0, dZ/dt = v(Z, t)"
)


class Timeline(QFrame):
    """Tracks side by side. The second one is hidden while the view on show has no slider."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.t, self.own = Track("Space"), Track("M")
        self.tracks = self.t, self.own
        self.play, self.slider, self.figure = self.t.play, self.t.slider, self.t.figure
        self.t.turns(T)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 12, 4)
        layout.setSpacing(18)
        layout.addWidget(self.t, 1)
        layout.addWidget(self.own, 1)
        self.own.hide()

    def set_look(self, look: Look, theme: Theme, dim: int = 2) -> None:
        """Show this t, the view's own number, and whether they play; emits nothing."""
        view = compose.view(look)
        self.t.show_at(look.t, look.playing, theme)
        name = view.slider(look, dim)
        if name:
            self.own.turns(view.knob_of(name))
            self.own.show_at(view.slid(look, name), look.scrubbing, theme)
        self.own.setVisible(bool(name))


class Track(QWidget):
    """Play or pause, a number as a slider, and in digits."""

    turned = Signal(str, float)
    play_toggled = Signal(str, bool)

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.knob: Knob | None = None
        self._key, self._theme = key, None
        self.play = QToolButton()
        self.play.setCheckable(True)
        self.play.setProperty("role", "play")
        self.play.clicked.connect(lambda on: self.play_toggled.emit(self.knob.name, on))
        self.slider = _Groove(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setSingleStep(STEPS // 100)
        self.slider.setPageStep(STEPS // 10)
        self.slider.valueChanged.connect(lambda value: self.turned.emit(self.knob.name, value / STEPS))
        self.figure = Label()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.play)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.figure)

    def turns(self, knob: Knob) -> None:
        """Which number it turns, from 0 to 1."""
        if knob == self.knob:
            return
        self.knob, self._theme = knob, None
        self.slider.setAccessibleName(knob.title)
        explain(self.slider, f"{knob.title}: {knob.tip}")

    def show_at(self, at: float, playing: bool, theme: Theme) -> None:
        """Show this number and whether it plays; emits nothing."""
        if theme != self._theme:
            self._dress(theme)
        if self.play.isChecked() != playing or not self.play.toolTip():
            self.play.setChecked(playing)
            self._mark_play(playing)
        value = round(at * STEPS)
        if value != self.slider.value():
            blocked = self.slider.blockSignals(True)
            self.slider.setValue(value)
            self.slider.blockSignals(blocked)
        self.figure.setText(self._told(at))

    def _told(self, at: float) -> str:
        return f"{self.knob.title}{' = ' if self.knob is T else ' '}{at:.2f}"

    def _mark_play(self, playing: bool) -> None:
        self.play.setIcon(self._icons[playing])
        words = "Pause" if playing else "Play"
        self.play.setAccessibleName(f"{words} {self.knob.title}")
        explain(self.play, f"{words} {self.knob.title} ({self._key})")

    def _dress(self, theme: Theme) -> None:
        self._theme = theme
        side = theme.text_px
        self._icons = {playing: _icon(playing, theme, 2 * side) for playing in (False, True)}
        self.play.setIconSize(QSize(side, side))
        self.play.setFixedSize(round(2.2 * side), round(2.2 * side))
        # Checked means playing, which the bars say already: no coloured ground.
        ground = theme.ink("raised")
        self.play.setStyleSheet(f"QToolButton {{ padding: 0 }} QToolButton:checked {{ background: {ground} }}")
        self.figure.setFont(font(theme, 1.05))
        self.figure.setFixedWidth(self.figure.fontMetrics().horizontalAdvance(self._told(0.0)) + 4)
        self._mark_play(self.play.isChecked())


class _Groove(QSlider):
    """A slider whose handle jumps to where one presses."""

    @guarded
    def mousePressEvent(self, ev: QMouseEvent) -> None:
        if ev.button() == Qt.MouseButton.LeftButton:
            margin = self.fontMetrics().height() / 2
            share = (ev.position().x() - margin) / max(1.0, self.width() - 2 * margin)
            value = round(self.minimum() + min(1.0, max(0.0, share)) * (self.maximum() - self.minimum()))
            # Near the handle a press takes hold of it; a jump of some pixels would be felt as a twitch.
            if abs(value - self.value()) > 0.02 * STEPS:
                self.setValue(value)
        super().mousePressEvent(ev)


def _icon(playing: bool, theme: Theme, side: int) -> QIcon:
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.ink("text")))
    if playing:
        painter.drawRect(QRectF(0.2 * side, 0.12 * side, 0.2 * side, 0.76 * side))
        painter.drawRect(QRectF(0.6 * side, 0.12 * side, 0.2 * side, 0.76 * side))
    else:
        corners = ((0.22, 0.1), (0.88, 0.5), (0.22, 0.9))
        painter.drawPolygon(QPolygonF([QPointF(x * side, y * side) for x, y in corners]))
    painter.end()
    return QIcon(made)
