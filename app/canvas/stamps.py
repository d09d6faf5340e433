"""Many discs at once: copies of a few pictures of one, not ellipses, each of which Qt outlines anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QPixmap

from app.canvas.strokes import at_memory, discs

FEW = 8  # discs that are not worth it
PHASES = 4  # places within a pixel, along each axis, that a disc may have
FAR = 2.0**20  # px: no picture is there
#: A QPainter.PixmapFragment, as it lies in memory.
FRAGMENT = [
    ("middle", "f8", 2),
    ("from", "f8", 2),
    ("size", "f8", 2),
    ("scale", "f8", 2),
    ("turn", "f8"),
    ("opaque", "f8"),
]


def dots(
    painter: QPainter, px: np.ndarray, inks: Sequence[QColor], which: np.ndarray, size: float, rim: float = 0.0
) -> None:
    """Discs of diameter ``size``, or rings where there is a ``rim`` px wide, about points (n, 2): those that are not
    finite have none. ``which`` (n,) says which of the ``inks`` each has."""
    there = ~np.isnan(px[:, 0])
    if not there.all():
        px, which = px[there], which[there]
    if len(px) >= FEW and _one_to_one(painter):
        _stamp(painter, px, inks, which, size, rim)
        return
    for k, ink in enumerate(inks):
        painter.setPen(QPen(ink, rim) if rim else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if rim else ink)
        discs(painter, px[which == k], size)


def _one_to_one(painter: QPainter) -> bool:
    """Whether it has pixels, which are neither turned nor stretched."""
    onto = painter.deviceTransform()
    turned = onto.m12() or onto.m21() or onto.m13() or onto.m23()
    return painter.paintEngine().type() == QPaintEngine.Type.Raster and not turned and onto.m11() == onto.m22() > 0


def _stamp(
    painter: QPainter, px: np.ndarray, inks: Sequence[QColor], which: np.ndarray, size: float, rim: float
) -> None:
    """Each place is rounded to a quarter of a pixel of the device."""
    onto = painter.deviceTransform()
    scale = onto.m11()
    half, width = round(scale * size / 2, 3), round(scale * rim, 3)
    reach = math.ceil(half + width / 2) + 1
    sheet, side = _sheet(half, width, tuple(ink.rgba() for ink in inks), reach), 2 * reach + 1
    quarters = px * (PHASES * scale) + (PHASES * onto.dx() + 0.5, PHASES * onto.dy() + 0.5)
    near = (np.abs(quarters) < PHASES * FAR).all(-1)
    if not near.all():
        quarters, which = quarters[near], which[near]
    at = np.floor(quarters).astype(int)
    pixel, phase = at // PHASES, at % PHASES
    made = _fragments(len(at))
    made["middle"] = pixel + 0.5
    made["from"][:, 0] = (PHASES * phase[:, 0] + phase[:, 1]) * side
    made["from"][:, 1] = which * side
    made["size"] = side
    painter.save()
    painter.setTransform(onto.inverted()[0] * painter.worldTransform())
    painter.drawPixmapFragments(at_memory(made, QPainter.PixmapFragment), len(made), sheet)
    painter.restore()


def _fragments(n: int) -> np.ndarray:
    """The memory of so many QPainter.PixmapFragment: (n,), neither stretched nor turned."""
    made = np.zeros(n, FRAGMENT)
    made["scale"] = made["opaque"] = 1.0
    return made


@lru_cache(maxsize=64)
def _sheet(half: float, width: float, inks: tuple[int, ...], reach: int) -> QPixmap:
    """A row for each colour: a disc, or with a ``width`` a ring, at each of the places within a pixel that are told
    apart."""
    side = 2 * reach + 1
    picture = QImage(side * PHASES**2, side * len(inks), QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, ink in enumerate(inks):
            colour = QColor.fromRgba(ink)
            painter.setPen(QPen(colour, width) if width else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if width else colour)
            for k in range(PHASES**2):
                middle = QPointF(side * k + reach + k // PHASES / PHASES, side * row + reach + k % PHASES / PHASES)
                painter.drawEllipse(middle, half, half)
    return QPixmap.fromImage(picture)
