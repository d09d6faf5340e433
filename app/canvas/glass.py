"""What a plane is painted with, and what its mouse goes through first. The home of pyqtgraph."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPixmap, QTabletEvent
from PySide6.QtWidgets import QGraphicsRectItem, QWidget

from app.canvas.panel_painter import paint_panel
from app.canvas.tool import Tool, feel
from app.canvas.view import Bounds
from app.guard import guarded
from app.plain_text import explain
from app.scene.marks import Panel
from app.scene.ring import Ring
from app.scene.same import Same
from app.theme import Theme, load

GROUND = "window"


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


class Glass(pg.GraphicsView):
    """The view: a ``picture`` and over it a ``box`` for zoom and pan; hands the mouse to the tool, if there is one."""

    def __init__(self, plane: QWidget) -> None:
        super().__init__(plane, background=None)
        self._plane, self.box = plane, _Box()
        self.picture = _Picture(self.box)
        self.tool: Tool | None = None
        self._drawing = False
        self._tips: dict[str, QGraphicsRectItem] = {}
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # of a ground that the picture covers
        self.addItem(self.picture)
        self.addItem(self.box)
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
        spot = self.box.mapSceneToView(self.mapToScene(event.position().toPoint()))
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
