"""The canvas of space: ``draw(panel, theme)``; orbit, move, zoom. By OpenGL where there is any, else painted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.canvas.arrangement import arrange
from app.canvas.capsules import capsules
from app.canvas.depth import Depth, NoOpenGL
from app.canvas.lasso import Lasso
from app.canvas.overlay import paint_divide, paint_ring
from app.canvas.panel_painter import edge, paint_panel, parts
from app.canvas.reading import reading_of_space
from app.canvas.tool import Tool, feel
from app.canvas.view import View
from app.guard import guarded
from app.plain_text import tell
from app.scene.cage import cage
from app.scene.camera import Camera
from app.scene.flat import PAGE, flat, words
from app.scene.marks import Panel
from app.scene.ring import Ring
from app.theme import Theme, load

GROUND = "window"
DEGREES = 0.4  # of orbit for each px
WHEEL = 1.0015  # of zoom for each unit of the wheel, of which a notch has 120


class Space(QWidget):
    """A Panel that is seen with a camera, with its title and caption. All spaces of a stage have one camera."""

    camera_moved = Signal(Camera)  # by the mouse
    pulled = Signal(QPointF, QPointF)  # with Ctrl: where on the page of the camera, and by how much
    told = Signal(str)  # what there is to say about the machine, once
    enlarged = Signal()  # by a double click

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel, self.theme = Panel("", "space"), load()
        self._depth: Depth | None = None
        self._flat = False  # there is no OpenGL
        self._rest: dict[int, tuple[tuple[object, ...], np.ndarray]] = {}  # what stands still, of both parts
        self._still: QPixmap | None = None
        self._still_of: tuple[object, ...] = ()
        self._held: QPoint | None = None
        self.pulls = False  # drags with Ctrl are told, and move no camera
        self.tool: Tool | None = None  # what gets left drags before they orbit, on the camera's page
        self._drawing = False
        self._ring: Ring | None = None
        self.lasso = Lasso(self)
        self.setMinimumSize(160, 104)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def draw(self, panel: Panel, theme: Theme) -> None:
        """Show the panel."""
        if (self.panel.title, self.panel.caption) != (panel.title, panel.caption):
            self.setAccessibleName(panel.title.partition("   ")[0])
            self.setAccessibleDescription(panel.caption)
        self.panel, self.theme = panel, theme
        self.lasso.theme = theme
        self.update()

    @property
    def unit(self) -> tuple[float, float]:
        """Units of the camera's page per px."""
        view = self._view()
        return 1 / view.sx, 1 / abs(view.sy)

    def show_ring(self, ring: Ring | None) -> None:
        """A tool's cursor."""
        if ring != self._ring:
            self._ring = ring
            self.update()

    def on_screen(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places of the unit ball (..., 3) in pixels of this widget, and how near they are."""
        page, near = self.panel.camera.seen(places)
        return self._view().px(page), near

    def reading(self, at: QPointF) -> str:
        """What is under the cursor, in words."""
        return reading_of_space(self.panel, self.on_screen, self.theme, at)

    def to_window(self, place: np.ndarray) -> QPointF:
        """A place in the unit ball (3,) in pixels of this widget."""
        page, _ = self.panel.camera.seen(place)
        view = self._view()
        return QPointF(view.sx * page[0] + view.ox, view.sy * page[1] + view.oy)

    def picture(self) -> QImage:
        """What the canvas shows, title and caption included."""
        return self.grab().toImage()

    # drawing

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if not self._flat and self.panel.box is not None:
                try:
                    self._draw(painter)
                    self._over(painter)
                    return
                except NoOpenGL as error:
                    self._flat = True
                    self.told.emit(f"Space is painted without OpenGL here ({error}), which is slower.")
            self._paint(painter)
            self._over(painter)

    def _over(self, painter: QPainter) -> None:
        if self._ring is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_ring(painter, self._ring, self.theme, self._view())

    def _draw(self, painter: QPainter) -> None:
        """By OpenGL, with the words over it."""
        if self._depth is None:
            self._depth = Depth()
        panel, ratio = self.panel, self.devicePixelRatioF()
        plot = arrange(panel, QRectF(self.rect()), self.theme).plot
        view = View.fit(PAGE, QRectF(0, 0, plot.width(), plot.height()), True)
        size = max(1, round(plot.width() * ratio)), max(1, round(plot.height() * ratio))
        painter.fillRect(self.rect(), self._ground())
        page = replace(panel, bounds=PAGE)
        for k, (part, marks) in enumerate(parts(page, plot, View.fit(PAGE, plot, True))):
            rest = tuple(mark for mark in marks if not mark.moving)
            if k not in self._rest or self._rest[k][0] != (*rest, self.theme):
                self._rest[k] = (*rest, self.theme), capsules(rest, self.theme)
            moving = capsules((*cage(panel), *(mark for mark in marks if mark.moving)), self.theme)
            made = self._depth.picture(self._rest[k][1], moving, panel.camera, view, size, ratio, self._ground())
            made.setDevicePixelRatio(ratio)
            painter.save()
            painter.setClipRect(part)
            painter.drawImage(plot.topLeft(), made)
            painter.restore()
        if panel.divide is not None:
            paint_divide(painter, edge(page, plot, View.fit(PAGE, plot, True)), self.theme, plot)
        paint_panel(painter, QRectF(self.rect()), words(panel), self.theme)

    def _paint(self, painter: QPainter) -> None:
        """By QPainter alone: what stands still is kept while the camera does."""
        panel, ratio, whole = self.panel, self.devicePixelRatioF(), QRectF(self.rect())
        of = (
            *(mark for mark in (*panel.marks, *panel.other) if not mark.moving),
            *(panel.divide, panel.title, panel.caption, panel.empty, panel.camera, self.theme, self.size(), ratio),
        )
        if self._still is None or of != self._still_of:
            made = QPixmap(max(1, round(whole.width() * ratio)), max(1, round(whole.height() * ratio)))
            made.setDevicePixelRatio(ratio)
            made.fill(self._ground())
            with QPainter(made) as still:
                paint_panel(still, whole, flat(panel), self.theme, marks="still", ground=GROUND)
            self._still, self._still_of = made, of
        painter.drawPixmap(0, 0, self._still)
        both = (tuple(mark for mark in marks if mark.moving) for marks in (panel.marks, panel.other))
        moving = replace(panel, **dict(zip(("marks", "other"), both, strict=True)))
        paint_panel(painter, whole, flat(moving), self.theme, marks="moving", ground=GROUND)

    def _ground(self) -> QColor:
        return QColor(self.theme.ink(GROUND))

    def _view(self) -> View:
        return View.fit(PAGE, arrange(self.panel, QRectF(self.rect()), self.theme).plot, True)

    # the mouse

    @guarded
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTabletEvent) and self.tool is not None:
            feel(self.tool, event)
            return False
        if isinstance(event, QHelpEvent):
            at = QPointF(event.pos())
            inside = arrange(self.panel, QRectF(self.rect()), self.theme).plot.contains(at)
            drawing = self.tool is not None and self.tool.exclusive
            tell(
                self,
                event.globalPos(),
                "" if inside and drawing else self.reading(at) if inside else self.panel.caption,
            )
            return True
        return super().event(event)

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if left and not (self.tool is not None and self.tool.exclusive):
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if self.lasso.begin(event.position(), shift):
                return
        orbits = self._draws and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if left and self.tool is not None and not orbits and self.tool.press(*self._at(event)) is not False:
            self._drawing = True
        elif left or event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._held = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            if self.pulls and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._pull(self._held, QPoint())

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.lasso.follow(event.position()):
            return
        if self._held is None:
            if self.tool is not None and (self._drawing or not event.buttons()):
                self.tool.move(*self._at(event))
            return
        at = event.position().toPoint()
        by, self._held = at - self._held, at
        if self.pulls and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pull(at, by)
            return
        camera, ctrl = self.panel.camera, event.modifiers() & Qt.KeyboardModifier.ControlModifier
        buttons, left = event.buttons(), Qt.MouseButton.LeftButton
        if buttons & (left | Qt.MouseButton.RightButton) if self._draws else buttons & left and not ctrl:
            self._move(camera.turned(DEGREES * by.x(), DEGREES * by.y()))
            return
        view = self._view()
        self._move(camera.moved(by.x() / view.sx, by.y() / view.sy))

    @property
    def _draws(self) -> bool:
        """Left drags are strokes: right ones, and those with Ctrl, orbit."""
        return self.tool is not None and self.tool.exclusive

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.lasso.finish(event.position())
        self._held = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if self._drawing:
            self._drawing = False
            if self.tool is not None:
                self.tool.release()

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.tool is not None and self.tool.exclusive:
            self.mousePressEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.enlarged.emit()

    @guarded
    def leaveEvent(self, event: QEvent) -> None:
        if self.tool is not None:
            self.tool.leave()
        super().leaveEvent(event)

    def _at(self, event: QMouseEvent) -> tuple[float, float]:
        """The cursor on the camera's page."""
        return self._at_place(event.position())

    def _at_place(self, at: QPointF) -> tuple[float, float]:
        view = self._view()
        return (at.x() - view.ox) / view.sx, (at.y() - view.oy) / view.sy

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        """The place under the cursor stays there, as far as the middle of the box is from the eye."""
        camera, (x, y) = self.panel.camera, self._at_place(event.position())
        made = camera.zoomed(WHEEL ** event.angleDelta().y())
        if not camera.flies:
            grown = made.zoom / camera.zoom - 1
            made = made.moved(-x * grown, -y * grown)
        self._move(made)
        event.accept()

    def _pull(self, at: QPoint, by: QPoint) -> None:
        view = self._view()
        page = QPointF((at.x() - view.ox) / view.sx, (at.y() - view.oy) / view.sy)
        self.pulled.emit(page, QPointF(by.x() / view.sx, by.y() / view.sy))

    def _move(self, camera: Camera) -> None:
        """At once: the next beat may be a twentieth of a second away."""
        self.panel = replace(self.panel, camera=camera)
        self.update()
        self.camera_moved.emit(camera)
