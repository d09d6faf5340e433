"""The canvas of the plane: ``draw(panel, theme)``; zoom, pan, tools, clicks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas.arrangement import arrange
from app.canvas.lasso import Lasso
from app.canvas.reading import reading_of_plane
from app.canvas.readout import Readout
from app.canvas.tool import Tool
from app.canvas.view import Bounds, View, sane
from app.guard import guarded
from app.scene.marks import Panel
from app.scene.ring import Ring
from app.theme import Theme, load

if TYPE_CHECKING:
    from app.canvas.glass import Glass

Range = tuple[tuple[float, float], tuple[float, float]]


class Plane(QWidget):
    """A Panel of the plane with its title and caption; immediate-mode outside, items kept inside."""

    view_changed = Signal()  # by wheel, drag or reset
    enlarged = Signal()  # by a double click

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel, self.theme = Panel("", "plane"), load()
        self._plot = QRectF()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.lasso = Lasso(self)
        self.setMinimumSize(160, 104)
        self._tool: Tool | None = None
        self._bounds: tuple[Bounds, bool] | None = None

    @cached_property
    def _glass(self) -> Glass:
        """What paints and takes the mouse, made when it is first needed: pyqtgraph's import takes a quarter of all that
        there is to do until a window can be seen."""
        from app.canvas.glass import Glass

        made = Glass(self)
        self._layout.addWidget(made)
        made.lower()  # below lasso and reading
        made.show()  # at once: a layout that is on show already does so later
        self._layout.activate()
        made.box.sigRangeChangedManually.connect(self.view_changed)
        made.set_tool(self._tool)
        self.__dict__["_glass"] = made  # for what follows
        self._arrange()
        return made

    @cached_property
    def readout(self) -> Readout:
        """What is under the cursor, told at the foot."""
        return Readout(self, self._glass.viewport())

    @property
    def tool(self) -> Tool | None:
        """What left drags go to; None: they pan."""
        return self._tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        self._tool = tool
        if "_glass" in self.__dict__:
            self._glass.set_tool(tool)

    def draw(self, panel: Panel, theme: Theme) -> None:
        """Show the panel. What stands still is painted anew only when it, the theme or the view changed."""
        old, self.panel, self.theme = self.panel, panel, theme
        if old.title != panel.title or old.caption != panel.caption:
            self.setAccessibleName(panel.title.partition("   ")[0])
            self.setAccessibleDescription(panel.caption)
        self.lasso.theme = theme
        self._glass.picture.show_panel(panel, theme)
        self._arrange()
        if panel.bounds is not None and self._bounds != (panel.bounds, panel.equal):
            self._bounds = (panel.bounds, panel.equal)
            self._glass.box.setAspectLocked(panel.equal)
            self.reset()
        self.readout.follow()

    def reset(self) -> None:
        """The panel's own bounds."""
        if self._bounds is None:
            return
        x0, x1, y0, y1 = sane(self._bounds[0])
        wide, high = x1 - x0, y1 - y0
        # Nearer than a thousandth, coordinates pass the painter's gate; farther, the picture is a dot.
        self._glass.box.setLimits(minXRange=wide / 100, maxXRange=50 * wide, minYRange=high / 100, maxYRange=50 * high)
        self._glass.box.setRange(QRectF(x0, y0, wide, high), padding=0.0)

    @property
    def view_range(self) -> Range:
        """``((x low, x high), (y low, y high))`` on show."""
        x, y = self._glass.box.viewRange()
        return tuple(x), tuple(y)

    @property
    def seen(self) -> Bounds:
        """The same as bounds of a panel."""
        if "_glass" not in self.__dict__:  # nothing has been drawn
            return 0.0, 1.0, 0.0, 1.0
        return (*self.view_range[0], *self.view_range[1])

    @property
    def unit(self) -> tuple[float, float]:
        """Data units per px, along x and y."""
        x, y = self._glass.box.viewPixelSize()
        return float(x), float(y)

    def show_ring(self, ring: Ring | None) -> None:
        """A tool's cursor, besides the cross."""
        if ring is None and "_glass" not in self.__dict__:
            return
        self._glass.picture.show_ring(ring)

    def set_view(self, view: Range) -> None:
        """Show this range (of another plane of the same size); emits nothing."""
        self._glass.box.setRange(xRange=view[0], yRange=view[1], padding=0.0)

    def to_window(self, x: float, y: float) -> QPointF:
        """Data coordinates in pixels of this widget."""
        spot = self._glass.mapFromScene(self._glass.box.mapViewToScene(QPointF(x, y)))
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
        if "_glass" not in self.__dict__:
            return
        whole = QRectF(self.rect())
        places = arrange(self.panel, whole, self.theme)
        self._plot = places.plot
        self._glass.picture.set_place(whole)
        self._glass.box.setGeometry(places.plot)
        self._glass.tip("title", places.title, self.panel.title)
        self._glass.tip("caption", places.caption, self.panel.caption)
