"""The frames of a film, painted: by number, in any order, the same one the same to the last bit."""

from __future__ import annotations

import ctypes

import msgspec
import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas import grid
from app.canvas.still import FOOT, paint_time
from app.canvas.strokes import colour
from app.canvas.words import MIDDLE, face
from app.export.film import Shot
from app.export.order import Order
from app.export.page import Page
from app.export.painting import Frames
from app.scene import compose
from app.theme import load
from engine.snapshot import Snapshot

HEADING = 2.4  # height of the words above a grid, text heights
KEPT = 16  # pages whose still pictures are kept: those of a grid, and of the words above


class Reel:
    """Of a snapshot that nothing changes. ``even``: the sides of its pictures are padded with the ground to even
    numbers, not scaled. Needs a QGuiApplication; one thread at a time."""

    def __init__(self, snapshot: Snapshot, order: Order, even: bool = False) -> None:
        self.snapshot, self.order = snapshot, order.check()
        page = self.order.page
        self.width, self.height = (page.width + page.width % 2 * even, page.height + page.height % 2 * even)
        self._frames: dict[Page, Frames] = {}

    def __len__(self) -> int:
        return self.order.n

    def image(self, k: int) -> QImage:
        """Frame k. Raises Wrong where there is not enough memory."""
        shot = self.order.shot(self.snapshot, k)
        page = self.order.page_of(shot.looks[0])
        if self.order.film.worded:
            page = msgspec.structs.replace(page, heading=shot.words or page.heading or " ")
        made = self._one(page, shot) if len(shot.looks) == 1 else self._many(page, shot)
        if (made.width(), made.height()) == (self.width, self.height):
            return made
        padded = self._blank(self.width, self.height, made.format())
        with QPainter(padded) as painter:
            painter.drawImage(0, 0, made)
        return padded

    def pixels(self, k: int) -> np.ndarray:
        """Frame k as (height, width, 4) uint8: blue, green, red and alpha, which is not multiplied into them."""
        made = self.image(k)
        if self.order.page.transparent:
            made = made.convertToFormat(QImage.Format.Format_ARGB32)
        return memory_of(made)

    def _one(self, page: Page, shot: Shot) -> QImage:
        return self._of(page).image(self.snapshot, shot.looks[0])

    def _of(self, page: Page) -> Frames:
        found = self._frames.pop(page, None) or Frames(page, quick=True)
        self._frames[page] = found  # the newest last
        if len(self._frames) > KEPT:
            del self._frames[next(iter(self._frames))]
        return found

    def _many(self, page: Page, shot: Shot) -> QImage:
        """Looks side by side, each with its name above it; words above all of them, and t once below."""
        kind = QImage.Format.Format_ARGB32_Premultiplied if page.transparent else QImage.Format.Format_RGB32
        made = self._blank(page.width, page.height, kind)
        theme, zoom = load(page.theme, page.text_scale), page.zoom
        high = round(HEADING * theme.text_px * zoom) if shot.words else 0
        low = round(FOOT * theme.text_px * zoom) if page.t else 0
        room = QRectF(0, high, page.width, page.height - low - high)
        places = self._places(shot, room)
        with QPainter(made) as painter:
            for k, (look, place) in enumerate(zip(shot.looks, places, strict=True)):
                size = {"width": round(place.width()), "height": round(place.height())}
                name = shot.names[k] if k < len(shot.names) else ""
                cell = msgspec.structs.replace(page, **size, heading=name, t=False, across=0)
                painter.drawImage(place.topLeft(), self._of(cell).image(self.snapshot, look))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(zoom, zoom)
            wide, top = page.width / zoom, (page.height - low) / zoom
            if high:
                painter.setFont(face(theme, 1.35, bold=True))
                painter.setPen(colour(theme, "text"))
                painter.drawText(QRectF(0, 0, wide, high / zoom), MIDDLE, shot.words)
            if low:
                paint_time(painter, QRectF(0, top, wide, low / zoom), shot.looks[0].t, theme)
        return made

    def _places(self, shot: Shot, room: QRectF) -> list[QRectF]:
        """Of the looks: where their panels are largest."""
        n, panels = len(shot.looks), len(compose.stage(self.snapshot, shot.looks[0]))
        panels = 1 if 0 <= shot.looks[0].alone < panels else panels

        def side(across: int) -> float:
            (cell, *_) = grid.places(n, room, across)
            (panel, *_) = grid.fitting(panels, cell)
            return min(panel.width(), panel.height())

        return grid.places(n, room, self.order.page.across or max(range(1, n + 1), key=side))

    def _blank(self, width: int, height: int, kind: QImage.Format) -> QImage:
        page = self.order.page
        made = QImage(width, height, kind)
        made.fill(Qt.GlobalColor.transparent if page.transparent else QColor(load(page.theme).ink("window")))
        return made


def memory_of(image: QImage) -> np.ndarray:
    """The memory of a picture, not a copy of it, which would cost as much as the particles do. It keeps the picture."""
    flat = np.frombuffer(image.constBits(), np.uint8)
    memory = (ctypes.c_ubyte * flat.size).from_address(flat.ctypes.data)
    memory.picture = image
    return np.frombuffer(memory, np.uint8).reshape(image.height(), image.width(), 4)
