"""The stage: panels side by side, planes of the same bounds with one view, and the timeline below."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QMouseEvent, QPainter, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from app.canvas import grid
from app.canvas.chart import Chart
from app.canvas.plane import Plane
from app.canvas.space import Space
from app.canvas.still import image
from app.guard import guarded
from app.plain_text import Label, explain
from app.scene.camera import Camera
from app.scene.look import Look
from app.scene.marks import Panel
from app.theme import Theme, font, load

STEPS = 1000  # of the slider
LEAST = 160  # px, of a panel's sides

Canvas = Plane | Chart | Space
CANVAS = {"plane": Plane, "chart": Chart, "space": Space, "spacetime": Space}


class Stage(QWidget):
    """The panels and the timeline. ``t_changed``, ``play_toggled``, ``camera_moved`` come from the user only; ``told``
    from a canvas."""

    t_changed = Signal(float)
    play_toggled = Signal(bool)
    camera_moved = Signal(Camera)
    told = Signal(str)
    enlarged = Signal(int)  # this panel, or all again

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panes = Panes()
        self.panes.enlarged.connect(self.enlarged)
        self.panes.camera_moved.connect(self.camera_moved)
        self.panes.told.connect(self.told)
        self.interpolation, self.flow = self.panes.planes[:2]
        self.timeline = Timeline()
        self.timeline.t_changed.connect(self.t_changed)
        self.timeline.play_toggled.connect(self.play_toggled)
        self._look, self._theme = Look(), load()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.panes, 1)
        layout.addWidget(self.timeline)

    def show(
        self, panels: tuple[Panel, ...] | None = None, look: Look | None = None, theme: Theme | None = None
    ) -> None:
        """Draw the panels and set the timeline; without arguments QWidget's own ``show``."""
        if panels is None or look is None or theme is None:
            super().show()
            return
        self._look, self._theme = look, theme
        self.panes.draw(panels, theme, look.alone)
        self.timeline.set_look(look, theme)

    def picture(self) -> QImage:
        """What is on show, with t, in pixels at least as fine as two to one."""
        shown = self.panes.shown
        seen = [canvas.seen if isinstance(canvas, Plane) else None for canvas in shown]
        panels = [canvas.panel for canvas in shown]
        ratio = max(2.0, self.devicePixelRatioF())
        return image(panels, self.size(), self._theme, ratio, self._look.t, seen=seen)

    def reset_view(self) -> None:
        """All planes back to the bounds of their panels."""
        for plane in self.panes.planes:
            plane.reset()


class Panes(QWidget):
    """Any number of panels in a grid, each on the canvas of its space."""

    camera_moved = Signal(Camera)
    told = Signal(str)
    rearranged = Signal()  # other canvases are shown than before
    enlarged = Signal(int)  # a double click on this panel
    picked = Signal(object, QPointF, bool)  # a click on a canvas: where, px, and whether with Shift
    lassoed = Signal(object, list)  # a line around something on a canvas: its corners, px

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kept: dict[type[QWidget], list[Canvas]] = {kind: [] for kind in CANVAS.values()}
        self.shown: list[Canvas] = [self._canvas(Plane, 0), self._canvas(Plane, 1)]
        self.numbers = [0, 1]  # of the panels that they show
        self._fit()

    @property
    def planes(self) -> list[Plane]:
        return self.kept[Plane]

    def draw(self, panels: tuple[Panel, ...], theme: Theme, alone: int = -1) -> None:
        """All panels, or the one of this number ``alone``."""
        every: list[Canvas] = []
        for panel in panels:
            kind = CANVAS[panel.space]
            every.append(self._canvas(kind, sum(isinstance(canvas, kind) for canvas in every)))
        numbers = [alone] if 0 <= alone < len(panels) else list(range(len(panels)))
        made = [every[k] for k in numbers]
        if (made, numbers) != (self.shown, self.numbers):
            self.shown, self.numbers = made, numbers
            # Kept and hidden, for the picture may come back.
            for canvas in (canvas for kept in self.kept.values() for canvas in kept):
                canvas.setVisible(canvas in made)
            self._fit()
            self.rearranged.emit()
        for k, canvas in zip(numbers, made, strict=True):
            canvas.draw(panels[k], theme)

    def under(self, at: QPoint) -> int:
        """The number of the panel at this place of the screen; the first one's where there is none."""
        spot = self.mapFromGlobal(at)
        found = (k for k, canvas in zip(self.numbers, self.shown, strict=True) if canvas.geometry().contains(spot))
        return next(found, self.numbers[0])

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        n = len(self.shown)
        across = grid.columns(n)
        self.setMinimumSize(LEAST * across, LEAST * -(-n // across))
        for canvas, place in zip(self.shown, grid.places(n, QRectF(self.rect())), strict=True):
            canvas.setGeometry(place.toRect())

    def _canvas(self, kind: type[QWidget], k: int) -> Canvas:
        """The k-th canvas of this kind, made when it is asked for."""
        kept = self.kept[kind]
        if k == len(kept):
            made = Chart(self, ground="window") if kind is Chart else kind(self)
            kept.append(made)
            made.enlarged.connect(lambda: self.enlarged.emit(self.numbers[self.shown.index(made)]))
            if not isinstance(made, Chart):
                made.lasso.picked.connect(lambda at, shift: self.picked.emit(made, at, shift))
                made.lasso.lassoed.connect(lambda corners: self.lassoed.emit(made, corners))
            if isinstance(made, Plane):
                made.view_changed.connect(lambda: self._follow(made))
            elif isinstance(made, Space):
                made.camera_moved.connect(self.camera_moved)
                made.told.connect(self.told)
        return kept[k]

    def _follow(self, moved: Plane) -> None:
        """Planes that show the same part of the same plane go on doing so."""
        for plane in self.shown:
            same = isinstance(plane, Plane) and plane.panel.bounds == moved.panel.bounds
            if same and plane is not moved and plane.panel.equal == moved.panel.equal:
                plane.set_view(moved.view_range)


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
        explain(self.slider, "t from the source (0) to the target (1): X_t = t X1 + (1−t) X0 and dZ/dt = v(Z, t)")
        self.slider.valueChanged.connect(lambda value: self.t_changed.emit(value / STEPS))
        self.figure = Label("t = 0.50")
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
        explain(self.play, f"{words} t (Space)")

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
