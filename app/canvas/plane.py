"""The canvas of the plane: ``draw(panel, theme)``; zoom, pan and drawing tools. One of two homes of pyqtgraph."""

from __future__ import annotations

from typing import Protocol

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QPainter, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.elided import Headline
from app.canvas.overlay import paint_notice, paint_ring
from app.canvas.painter import View, paint
from app.scene.marks import Panel
from app.scene.ring import Ring
from app.theme import Theme, font, load

Range = tuple[tuple[float, float], tuple[float, float]]


class Tool(Protocol):
    """What the mouse goes to instead of panning, in data coordinates."""

    def press(self, x: float, y: float) -> None: ...

    def move(self, x: float, y: float) -> None:
        """With the button pressed or not."""

    def release(self) -> None: ...

    def leave(self) -> None:
        """The cursor is elsewhere; a pressed button stays pressed."""


class Plane(QWidget):
    """A Panel of the plane with its title and caption; immediate-mode outside, items kept inside."""

    view_changed = Signal()  # by wheel, drag or reset

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._caption = Headline(), QLabel()
        for label in (self._title, self._caption):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._caption.setWordWrap(True)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._box = _Box()
        self._picture = _Picture()
        self._box.addItem(self._picture, ignoreBounds=True)
        self._glass = _Glass(self, self._box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self._title, self._caption, self._glass):
            layout.addWidget(widget)
        layout.setStretch(2, 1)
        self.setMinimumSize(160, 160)
        self.tool = None
        self._bounds: tuple[object, ...] | None = None
        self._theme: Theme | None = None
        self._box.sigRangeChangedManually.connect(self.view_changed)

    @property
    def tool(self) -> Tool | None:
        """What left drags go to; None: they pan."""
        return self._glass.tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        self._glass.set_tool(tool)

    def draw(self, panel: Panel, theme: Theme) -> None:
        """Show the panel. Still marks are painted anew only when ``panel.key``, the theme or the view changed."""
        if theme != self._theme:
            self._dress(theme)
        if self._title.text() != panel.title:
            self._title.setText(panel.title)
            self._title.setToolTip(panel.title)
        if self._caption.text() != panel.caption:
            self._caption.setText(panel.caption)
            self._caption.setToolTip(panel.caption)
        if panel.bounds is not None and self._bounds != (panel.bounds, panel.equal):
            self._bounds = (panel.bounds, panel.equal)
            self._box.setAspectLocked(panel.equal)
            self.reset()
        self._picture.show_panel(panel, theme)

    def reset(self) -> None:
        """The panel's own bounds."""
        if self._bounds is None:
            return
        x0, x1, y0, y1 = self._bounds[0]
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

    def picture(self) -> QImage:
        """What the canvas shows, title and caption included."""
        if not self.isVisible():
            # A graphics view that was never shown keeps a wrong layout.
            self.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            self.show()
        return self.grab().toImage()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._room()

    def _room(self) -> None:
        """Two lines for the caption, more where the stage is narrow; the text decides nothing: a caption that grows
        must not push the picture down."""
        if self._theme is None:
            return
        small, px = font(self._theme, 0.85), self._theme.text_px
        lines = 2 + (self.width() < 24 * px) + (self.width() < 16 * px)
        self._caption.setFixedHeight(lines * QFontMetrics(small).lineSpacing() + px // 4 + 1)

    def _dress(self, theme: Theme) -> None:
        self._theme = theme
        self._glass.setBackground(QColor(theme.ink("window")))
        px, pad = theme.text_px, theme.text_px // 2
        small = font(theme, 0.85)
        for label, ink, size, top, weight in (
            (self._title, "text", round(1.08 * px), pad, "bold"),
            (self._caption, "muted", small.pixelSize(), pad // 2, "normal"),
        ):
            label.setStyleSheet(f"color: {theme.ink(ink)}; font-size: {size}px; font-weight: {weight}")
            label.setContentsMargins(pad, top, pad, 0)
        self._room()
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.ink("window")))
        self.setPalette(palette)


class _Box(pg.ViewBox):
    """Wheel zooms, left drag pans, nothing else."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.disableAutoRange()

    def mouseDragEvent(self, ev, axis=None) -> None:
        if ev.button() == Qt.MouseButton.LeftButton:
            super().mouseDragEvent(ev, axis)
        else:
            ev.ignore()

    def mouseClickEvent(self, ev) -> None:
        ev.ignore()


class _Glass(pg.GraphicsView):
    """The view; hands the mouse to the tool, if there is one."""

    def __init__(self, plane: Plane, box: _Box) -> None:
        super().__init__(plane)
        self._plane, self._box = plane, box
        self.tool: Tool | None = None
        self._drawing = False
        self.setCentralItem(box)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_tool(self, tool: Tool | None) -> None:
        self.tool, self._drawing = tool, False
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if tool else Qt.CursorShape.ArrowCursor)

    def _at(self, event: QMouseEvent) -> tuple[float, float]:
        spot = self._box.mapSceneToView(self.mapToScene(event.position().toPoint()))
        return spot.x(), spot.y()

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        if self.tool is None or ev.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(ev)
            return
        self._drawing = True
        self.tool.press(*self._at(ev))
        ev.accept()

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        if self.tool is None:
            super().mouseMoveEvent(ev)
            return
        self.tool.move(*self._at(ev))
        ev.accept()

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        if self._drawing and ev.button() == Qt.MouseButton.LeftButton:
            self._drawing = False
            if self.tool is not None:
                self.tool.release()
            ev.accept()
        elif self.tool is None:
            super().mouseReleaseEvent(ev)

    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:
        if self.tool is not None:
            self.mousePressEvent(ev)  # quick strokes are strokes
        elif ev.button() == Qt.MouseButton.LeftButton:
            self._plane.reset()
            self._plane.view_changed.emit()

    def leaveEvent(self, ev: QEvent) -> None:
        if self.tool is not None:
            self.tool.leave()
        super().leaveEvent(ev)


class _Picture(pg.GraphicsObject):
    """All marks of a panel: the still ones in a pixmap, the moving ones painted over it."""

    def __init__(self) -> None:
        super().__init__()
        self._panel: Panel | None = None
        self._theme = load()
        self._ring: Ring | None = None
        self._still: QPixmap | None = None
        self._state: tuple[object, ...] = ()
        self.still_paints = 0  # how often the still marks were painted: tests watch it

    def show_panel(self, panel: Panel, theme: Theme) -> None:
        old = self._panel
        if old is None or theme != self._theme or panel.key is None or panel.key != old.key:
            self._still = None
        self._panel, self._theme = panel, theme
        self.update()

    def show_ring(self, ring: Ring | None) -> None:
        if ring != self._ring:
            self._ring = ring
            self.update()

    def boundingRect(self) -> QRectF:
        box = self.getViewBox()
        return QRectF(box.viewRect()) if box is not None else QRectF()

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, option: object, widget: QWidget) -> None:
        box, panel = self.getViewBox(), self._panel
        if panel is None or box is None or widget is None:
            return
        # Pixels of the viewport: the item's own transform would scale pens as well.
        world, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        view = View(world.m11(), world.dx(), world.m22(), world.dy())
        place = QRectF(widget.rect())
        painter.save()
        painter.resetTransform()
        state = (view, place.width(), place.height(), ratio)
        if self._still is None or state != self._state:
            self._state, self._still = state, self._paint_still(panel, view, place, ratio)
        painter.drawPixmap(place.topLeft(), self._still)
        paint(painter, tuple(mark for mark in panel.marks if mark.moving), self._theme, view)
        if self._ring is not None:
            paint_ring(painter, self._ring, self._theme, view)
        if panel.empty:
            paint_notice(painter, panel.empty, self._theme, place)
        painter.restore()

    def _paint_still(self, panel: Panel, view: View, place: QRectF, ratio: float) -> QPixmap:
        self.still_paints += 1
        made = QPixmap(max(1, round(place.width() * ratio)), max(1, round(place.height() * ratio)))
        made.setDevicePixelRatio(ratio)
        made.fill(QColor(self._theme.ink("window")))
        painter = QPainter(made)
        painter.translate(-place.topLeft())
        paint(painter, tuple(mark for mark in panel.marks if not mark.moving), self._theme, view)
        painter.end()
        return made
