"""The stage: interpolation and flow side by side with one view, and the timeline below."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QMouseEvent, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from app.canvas.plane import Plane
from app.scene.look import Look
from app.scene.marks import Panel
from app.theme import Theme, font

STEPS = 1000  # of the slider


class Stage(QWidget):
    """Both planes and the timeline. ``t_changed`` and ``play_toggled`` come from the user only."""

    t_changed = Signal(float)
    play_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.interpolation, self.flow = Plane(), Plane()
        self.interpolation.setAccessibleName("Interpolation")
        self.flow.setAccessibleName("Rectified flow")
        self.timeline = Timeline()
        self.timeline.t_changed.connect(self.t_changed)
        self.timeline.play_toggled.connect(self.play_toggled)
        planes = QHBoxLayout()
        planes.setSpacing(2)
        for plane, other in ((self.interpolation, self.flow), (self.flow, self.interpolation)):
            planes.addWidget(plane, 1)
            plane.view_changed.connect(lambda plane=plane, other=other: other.set_view(plane.view_range))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(planes, 1)
        layout.addWidget(self.timeline)

    def show(
        self, panels: tuple[Panel, Panel] | None = None, look: Look | None = None, theme: Theme | None = None
    ) -> None:
        """Draw both panels and set the timeline; without arguments QWidget's own ``show``."""
        if panels is None or look is None or theme is None:
            super().show()
            return
        for plane, panel in zip((self.interpolation, self.flow), panels, strict=True):
            plane.draw(panel, theme)
        self.timeline.set_look(look, theme)

    def reset_view(self) -> None:
        """Both planes back to the bounds of their panels."""
        self.interpolation.reset()
        self.flow.reset()


class Timeline(QFrame):
    """Play or pause, t as a slider, t as a number."""

    t_changed = Signal(float)
    play_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.play = QToolButton()
        self.play.setCheckable(True)
        self.play.setProperty("role", "play")
        self.play.clicked.connect(self.play_toggled)
        self.slider = _Groove(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setSingleStep(STEPS // 100)
        self.slider.setPageStep(STEPS // 10)
        self.slider.setAccessibleName("t")
        self.slider.setToolTip("t from the source (0) to the target (1): X_t = t X1 + (1−t) X0 and dZ/dt = v(Z, t)")
        self.slider.valueChanged.connect(lambda value: self.t_changed.emit(value / STEPS))
        self.figure = QLabel("t = 0.50")
        self._theme: Theme | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 12, 4)
        layout.setSpacing(10)
        layout.addWidget(self.play)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.figure)

    def set_look(self, look: Look, theme: Theme) -> None:
        """Show this t and whether it plays; emits nothing."""
        if theme != self._theme:
            self._dress(theme)
        if self.play.isChecked() != look.playing or not self.play.toolTip():
            self.play.setChecked(look.playing)
            self._mark_play(look.playing)
        value = round(look.t * STEPS)
        if value != self.slider.value():
            blocked = self.slider.blockSignals(True)
            self.slider.setValue(value)
            self.slider.blockSignals(blocked)
        self.figure.setText(f"t = {look.t:.2f}")

    def _mark_play(self, playing: bool) -> None:
        self.play.setIcon(self._icons[playing])
        words = "Pause" if playing else "Play"
        self.play.setAccessibleName(words)
        self.play.setToolTip(f"{words} t (Space)")

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
        self.figure.setFixedWidth(self.figure.fontMetrics().horizontalAdvance("t = 0.00") + 4)
        self._mark_play(self.play.isChecked())


class _Groove(QSlider):
    """A slider whose handle jumps to where one presses."""

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
