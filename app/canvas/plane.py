"""The canvas of the plane: ``draw(panel, theme)``; zoom, pan, tools, clicks. The home of pyqtgraph."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPixmap, QResizeEvent, QTabletEvent
from PySide6.QtWidgets import QGraphicsRectItem, QVBoxLayout, QWidget

from app.canvas.arrangement import arrange
from app.canvas.lasso import Lasso
from app.canvas.panel_painter import paint_panel
from app.canvas.reading import reading_of_plane
from app.canvas.readout import Readout
from app.canvas.view import Bounds, View, sane
from app.guard import guarded
from app.plain_text import explain
from app.scene.marks import Panel
from app.scene.ring import Ring
from app.scene.same import Same
from app.theme import Theme, load

Range = tuple[tuple[float, float], tuple[float, float]]
GROUND = "window"


class Tool(Protocol):
    """What the mouse goes to instead of panning, in data coordinates. ``exclusive``: Shift and double clicks too."""

    exclusive: bool
    pressure: float  # of a pen, 0 to 2; 1 for a mouse

    def press(self, x: float, y: float) -> bool:
        """False where there is nothing to be had, and a drag pans as without a tool."""

    def move(self, x: float, y: float) -> None:
        """With the button pressed or not."""

    def release(self) -> None: ...

    def leave(self) -> None:
        """The cursor is elsewhere; a pressed button stays pressed."""


def feel(tool: Tool, event: QTabletEvent) -> None:
    """The pressure of a pen; the event itself goes on, and comes again as one of the mouse."""
    up = event.type() == QEvent.Type.TabletRelease
    tool.pressure = 1.0 if up or event.pressure() <= 0 else 2 * event.pressure()
    event.ignore()


class Plane(QWidget):
    """A Panel of the plane with its title and caption; immediate-mode outside, items kept inside."""

    view_changed = Signal()  # by wheel, drag or reset
    enlarged = Signal()  # by a double click

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel, self.theme = Panel("", "plane"), load()
        self._plot = QRectF()
        self._box = _Box()
        self._picture = _Picture(self._box)
        self._glass = _Glass(self, self._box, self._picture)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._glass)
        self.lasso = Lasso(self)
        self.readout = Readout(self, self._glass.viewport())
        self.setMinimumSize(160, 104)
        self.tool = None
        self._bounds: tuple[Bounds, bool] | None = None
        self._box.sigRangeChangedManually.connect(self.view_changed)

    @property
    def tool(self) -> Tool | None:
        """What left drags go to; None: they pan."""
        return self._glass.tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        self._glass.set_tool(tool)

    def draw(self, panel: Panel, theme: Theme) -> None:
        """Show the panel. What stands still is painted anew only when it, the theme or the view changed."""
        old, self.panel, self.theme = self.panel, panel, theme
        if old.title != panel.title or old.caption != panel.caption:
            self.setAccessibleName(panel.title.partition("   ")[0])
            self.setAccessibleDescription(panel.caption)
        self.lasso.theme = theme
        self._picture.show_panel(panel, theme)
        self._arrange()
        if panel.bounds is not None and self._bounds != (panel.bounds, panel.equal):
            self._bounds = (panel.bounds, panel.equal)
            self._box.setAspectLocked(panel.equal)
            self.reset()
        self.readout.follow()

    def reset(self) -> None:
        """The panel's own bounds."""
        if self._bounds is None:
            return
        x0, x1, y0, y1 = sane(self._bounds[0])
        wide, high = x1 - x0, y1 - y0
        # Nearer than a thousandth, coordinates pass the painter's gate; farther, the picture is a dot.
        self._box.setLimits(minXRange=wide / 100, maxXRange=50 * wide, minYRange=high / 100, maxYRange=50 * high)
        self._box.setRange(QRectF(x0, y0, wide, high), padding=0.0)

    @property
    def view_range(self) -> Range:
        """``((x low, x high), (y low, y high))`` on show."""
        x, y = self._box.viewRange()
        return tuple(x), tuple(y)

    @property
    def seen(self) -> Bounds:
        """The same as bounds of a panel."""
        return (*self.view_range[0], *self.view_range[1])

    @property
    def unit(self) -> tuple[float, float]:
        """Data units per px, along x and y."""
        x, y = self._box.viewPixelSize()
        return float(x), float(y)

    def show_ring(self, ring: Ring | None) -> None:
        """A tool's cursor, besides the cross."""
        self._picture.show_ring(ring)

    def set_view(self, view: Range) -> None:
        """Show this range (of another plane of the same size); emits nothing."""
        self._box.setRange(xRange=view[0], yRange=view[1], padding=0.0)

    def to_window(self, x: float, y: float) -> QPointF:
        """Data coordinates in pixels of this widget."""
        spot = self._glass.mapFromScene(self._box.mapViewToScene(QPointF(x, y)))
        return QPointF(self._glass.mapTo(self, spot))

    @property
    def plot(self) -> QRectF:
        """Where the marks are, px."""
        return self._plot

    def reading(self, at: QPointF) -> str:
        """What is under the cursor, in words."""
        return reading_of_plane(self.panel, View.of(self.panel, self._plot, self.seen), self.theme, at)

    def on_screen(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places of the page (..., 2) in pixels of this widget, and how near they are: all the same."""
        px = View.of(self.panel, self._plot, self.seen).px(places)
        return px, np.zeros(px.shape[:-1])

    def picture(self) -> QImage:
        """What the canvas shows, title and caption included."""
        if not self.isVisible():
            # A graphics view that was never shown keeps a wrong layout.
            self.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            self.show()
        return self.grab().toImage()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The mouse's plot and the tooltips of words, which may be cut short, to where they are painted."""
        whole = QRectF(self.rect())
        places = arrange(self.panel, whole, self.theme)
        self._plot = places.plot
        self._picture.set_place(whole)
        self._box.setGeometry(places.plot)
        self._glass.tip("title", places.title, self.panel.title)
        self._glass.tip("caption", places.caption, self.panel.caption)


class _Box(pg.ViewBox):
    """Wheel zooms, left drag pans, nothing else."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.disableAutoRange()

    @guarded
    def mouseDragEvent(self, ev, axis=None) -> None:
        if ev.button() == Qt.MouseButton.LeftButton:
            super().mouseDragEvent(ev, axis)
        else:
            ev.ignore()

    @guarded
    def mouseClickEvent(self, ev) -> None:
        ev.ignore()


class _Glass(pg.GraphicsView):
    """The view; hands the mouse to the tool, if there is one."""

    def __init__(self, plane: Plane, box: _Box, picture: _Picture) -> None:
        super().__init__(plane, background=None)
        self._plane, self._box, self._picture = plane, box, picture
        self.tool: Tool | None = None
        self._drawing = False
        self._tips: dict[str, QGraphicsRectItem] = {}
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # of a ground that the picture covers
        self.addItem(picture)
        self.addItem(box)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)

    def tip(self, name: str, place: QRectF, words: str) -> None:
        """A tooltip over a place of the picture."""
        if name not in self._tips:
            self._tips[name] = QGraphicsRectItem()
            self._tips[name].setPen(Qt.PenStyle.NoPen)
            self.addItem(self._tips[name])
        self._tips[name].setRect(place)
        explain(self._tips[name], words)

    def set_tool(self, tool: Tool | None) -> None:
        self.tool, self._drawing = tool, False
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if tool else Qt.CursorShape.ArrowCursor)

    def _at(self, event: QMouseEvent) -> tuple[float, float]:
        spot = self._box.mapSceneToView(self.mapToScene(event.position().toPoint()))
        return spot.x(), spot.y()

    @property
    def _exclusive(self) -> bool:
        return self.tool is not None and self.tool.exclusive

    @guarded
    def viewportEvent(self, ev: QEvent) -> bool:
        if isinstance(ev, QTabletEvent) and self.tool is not None:
            feel(self.tool, ev)
        return super().viewportEvent(ev)

    def _plot_at(self, at: QPoint) -> bool:
        return self._plane.plot.contains(QPointF(at))

    @guarded
    def mousePressEvent(self, ev: QMouseEvent) -> None:
        if ev.button() == Qt.MouseButton.LeftButton:
            shift = bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            mine = not self._exclusive and (shift or self.tool is None) and self._plot_at(ev.position().toPoint())
            if mine and self._plane.lasso.begin(ev.position(), shift):
                ev.accept()
                return
            if self.tool is not None and self.tool.press(*self._at(ev)) is not False:
                self._drawing = True
                ev.accept()
                return
        super().mousePressEvent(ev)

    @guarded
    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        if self._plane.lasso.follow(ev.position()):
            ev.accept()
        elif self.tool is None or (ev.buttons() and not self._drawing):
            super().mouseMoveEvent(ev)
        else:
            self.tool.move(*self._at(ev))
            ev.accept()

    @guarded
    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        if ev.button() == Qt.MouseButton.LeftButton and self._plane.lasso.finish(ev.position()):
            ev.accept()
        elif self._drawing and ev.button() == Qt.MouseButton.LeftButton:
            self._drawing = False
            if self.tool is not None:
                self.tool.release()
            ev.accept()
        else:
            super().mouseReleaseEvent(ev)

    @guarded
    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:
        if self._exclusive:
            self.mousePressEvent(ev)  # quick strokes are strokes
        elif ev.button() == Qt.MouseButton.LeftButton:
            self._plane.enlarged.emit()

    @guarded
    def leaveEvent(self, ev: QEvent) -> None:
        if self.tool is not None:
            self.tool.leave()
        super().leaveEvent(ev)


class _Picture(pg.GraphicsObject):
    """The whole panel: what stands still in a pixmap, what moves painted over it, and words, which often change."""

    def __init__(self, box: _Box) -> None:
        super().__init__()
        self._box = box
        self._panel, self._theme = Panel("", "plane"), load()
        self._ring: Ring | None = None
        self._still: QPixmap | None = None
        self._state: tuple[object, ...] = ()
        self.still_paints = 0  # how often the still part was painted: tests watch it
        self._place = QRectF()
        box.sigRangeChanged.connect(lambda: self.update())

    def show_panel(self, panel: Panel, theme: Theme) -> None:
        old = self._panel
        if not (isinstance(panel.key, Same) and panel.key.but_for_words(old.key) and theme == self._theme):
            self._still = None
        self._panel, self._theme = panel, theme
        self.update()

    def show_ring(self, ring: Ring | None) -> None:
        if ring != self._ring:
            self._ring = ring
            self.update()

    def set_place(self, place: QRectF) -> None:
        if place != self._place:
            self.prepareGeometryChange()
            self._place = place

    @guarded
    def boundingRect(self) -> QRectF:
        return QRectF(self._place)

    @guarded
    def paint(self, painter: QPainter, option: object, widget: QWidget) -> None:
        box, (x, y), ratio = self._place, self._box.viewRange(), painter.deviceTransform().m11()
        seen = (*x, *y)
        state = (seen, box.width(), box.height(), ratio)
        if self._still is None or state != self._state:
            self._state, self._still = state, self._paint_still(box, seen, ratio)
        painter.drawPixmap(box.topLeft(), self._still)
        paint_panel(painter, box, self._panel, self._theme, seen, "moving", self._ring, GROUND, words=True)

    def _paint_still(self, box: QRectF, seen: Bounds, ratio: float) -> QPixmap:
        self.still_paints += 1
        made = QPixmap(max(1, round(box.width() * ratio)), max(1, round(box.height() * ratio)))
        made.setDevicePixelRatio(ratio)
        made.fill(QColor(self._theme.ink(GROUND)))
        with QPainter(made) as painter:
            paint_panel(painter, box, self._panel, self._theme, seen, "still", ground=GROUND, words=False)
        return made
