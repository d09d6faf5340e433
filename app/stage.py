"""The stage: panels side by side, planes of the same bounds with one view, and the timeline below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas import grid
from app.canvas.chart import Chart
from app.canvas.choice import Choice
from app.canvas.plane import Plane
from app.canvas.readout import Readout
from app.canvas.space import Space
from app.canvas.still import image
from app.guard import guarded
from app.scene.camera import Camera
from app.scene.look import Look
from app.scene.marks import Panel
from app.theme import Theme, load
from app.timeline import Timeline

LEAST, LOWEST = 160, 104  # px, of a panel's sides
HEAD = 6.0  # text heights above a plot: title, caption, legend
WIDE = 18.0  # text heights of a panel that stands in more columns than usual: a legend has to fit

Canvas = Plane | Chart | Space
CANVAS = {"plane": Plane, "chart": Chart, "space": Space, "spacetime": Space}


class Stage(QWidget):
    """The panels and the timeline. ``turned``, ``play_toggled``, ``camera_moved`` come from the user only; ``told``
    from a canvas."""

    turned = Signal(str, float)  # a field of the Look
    play_toggled = Signal(str, bool)
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
        for track in self.timeline.tracks:
            track.turned.connect(self.turned)
            track.play_toggled.connect(self.play_toggled)
        self._look, self._theme = Look(), load()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.panes, 1)
        layout.addWidget(self.timeline)

    def show(
        self,
        panels: tuple[Panel, ...] | None = None,
        look: Look | None = None,
        theme: Theme | None = None,
        dim: int = 2,
    ) -> None:
        """Draw the panels and set the timeline; without arguments QWidget's own ``show``."""
        if panels is None or look is None or theme is None:
            super().show()
            return
        self._look, self._theme = look, theme
        self.panes.draw(panels, theme, look.alone)
        self.timeline.set_look(look, theme, dim)

    def picture(self) -> QImage:
        """What is on show, with t, in pixels at least as fine as two to one."""
        shown = self.panes.shown
        seen = [canvas.seen if isinstance(canvas, Plane) else None for canvas in shown]
        panels = [canvas.panel for canvas in shown]
        ratio = max(2.0, self.devicePixelRatioF())
        return image(panels, self.size(), self._theme, ratio, self._look.t, across=self.panes.across, seen=seen)

    @property
    def theme(self) -> Theme:
        """That of what is on show."""
        return self._theme

    def thumbnail(self, width: int = 360) -> Callable[[], bytes]:
        """What makes a small PNG of the panels, in whichever thread: of what the window has painted last, so that it
        costs a copy; where that cannot be had they are painted."""
        seen, painted = self._painted(), self._panels()

        def made() -> bytes:
            small = seen if seen is not None else painted(width)
            small = small.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
            buffer = QBuffer()
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            small.save(buffer, "PNG")
            return bytes(buffer.data().data())

        return made

    def _painted(self) -> QImage | None:
        """A copy of what is on show."""
        window, panes = self.window(), self.panes
        store = window.backingStore() if panes.isVisible() else None
        device = store.paintDevice() if store is not None else None
        if not isinstance(device, QImage):
            return None
        ratio, at = device.devicePixelRatio(), panes.mapTo(window, QPoint())
        place = QRectF(at.x() * ratio, at.y() * ratio, panes.width() * ratio, panes.height() * ratio).toRect()
        return device.copy(place) if device.rect().contains(place) else None

    def _panels(self) -> Callable[[int], QImage]:
        shown, size, theme = self.panes.shown, self.panes.size(), self._theme
        panels = [canvas.panel for canvas in shown]
        seen = [canvas.seen if isinstance(canvas, Plane) else None for canvas in shown]
        across = self.panes.across
        return lambda width: image(panels, size, theme, width / max(1, size.width()), across=across, seen=seen)

    def reset_view(self) -> None:
        """All planes back to the bounds of their panels."""
        for plane in self.panes.planes:
            plane.reset()


class Panes(QWidget):
    """Any number of panels in a grid, each on the canvas of its space."""

    camera_moved = Signal(Camera)
    told = Signal(str)
    rearranged = Signal()  # other canvases are shown than before
    chosen = Signal(str)  # what a panel offers in its place
    pulled = Signal(int, QPointF, QPointF)  # in space with Ctrl: the panel, where on the camera's page, moved by
    enlarged = Signal(int)  # a double click on this panel
    picked = Signal(object, QPointF, bool)  # a click on a canvas: where, px, and whether with Shift
    lassoed = Signal(object, list)  # a line around something on a canvas: its corners, px

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kept: dict[type[QWidget], list[Canvas]] = {kind: [] for kind in CANVAS.values()}
        self._choices: dict[Canvas, Choice] = {}
        self._readouts: dict[Space, Readout] = {}
        self._theme = load()
        self.shown: list[Canvas] = [self._canvas(Plane, 0), self._canvas(Plane, 1)]
        self.numbers = [0, 1]  # of the panels that they show
        self._fit()

    @property
    def planes(self) -> list[Plane]:
        return self.kept[Plane]

    def draw(self, panels: tuple[Panel, ...], theme: Theme, alone: int = -1) -> None:
        """All panels, or the one of this number ``alone``."""
        self._theme, before = theme, self._theme
        every: list[Canvas] = []
        for panel in panels:
            kind = CANVAS[panel.space]
            every.append(self._canvas(kind, sum(isinstance(canvas, kind) for canvas in every)))
        numbers = [alone] if 0 <= alone < len(panels) else list(range(len(panels)))
        made = [every[k] for k in numbers]
        if theme.text_px != before.text_px:
            self._fit()
        if (made, numbers) != (self.shown, self.numbers):
            self.shown, self.numbers = made, numbers
            # Kept and hidden, for the picture may come back.
            for canvas in (canvas for kept in self.kept.values() for canvas in kept):
                canvas.setVisible(canvas in made)
            self._fit()
            self.rearranged.emit()
        for k, canvas in zip(numbers, made, strict=True):
            panel = panels[k]
            canvas.draw(panel, theme)
            if canvas in self._readouts:
                self._readouts[canvas].follow()
            if panel.choices and canvas not in self._choices:
                self._choices[canvas] = Choice("show something else here", canvas)
                self._choices[canvas].chosen.connect(self.chosen)
        self._place_choices()

    def _place_choices(self) -> None:
        for canvas, choice in self._choices.items():
            if canvas in self.shown:
                choice.offer(canvas.panel, QRectF(canvas.rect()), canvas.theme)

    def under(self, at: QPoint) -> int:
        """The number of the panel at this place of the screen; the first one's where there is none."""
        spot = self.mapFromGlobal(at)
        found = (k for k, canvas in zip(self.numbers, self.shown, strict=True) if canvas.geometry().contains(spot))
        return next(found, self.numbers[0])

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @property
    def across(self) -> int:
        """How many panels stand side by side."""
        words = HEAD * self._theme.text_px
        return grid.roomiest(len(self.shown), QRectF(self.rect()), words, (WIDE * self._theme.text_px, LOWEST))

    def _fit(self) -> None:
        n = len(self.shown)
        usual = grid.columns(n)
        self.setMinimumSize(LEAST * usual, LOWEST * -(-n // usual))
        for canvas, place in zip(self.shown, grid.places(n, QRectF(self.rect()), self.across), strict=True):
            canvas.setGeometry(place.toRect())
        self._place_choices()

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
                self._readouts[made] = Readout(made, made)
                made.camera_moved.connect(self.camera_moved)
                made.told.connect(self.told)
                made.pulled.connect(lambda at, by: self.pulled.emit(self.shown.index(made), at, by))
        return kept[k]

    def _follow(self, moved: Plane) -> None:
        """Planes that show the same part of the same plane go on doing so."""
        for plane in self.shown:
            same = isinstance(plane, Plane) and plane.panel.bounds == moved.panel.bounds
            if same and plane is not moved and plane.panel.equal == moved.panel.equal:
                plane.set_view(moved.view_range)
