"""Pens, colours and polylines: numpy to Qt."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QPolygonF

from app.theme import Theme

#: A painter with this hint draws what leaves the window: it may take its time.
WHOLE = QPainter.RenderHint.LosslessImageRendering

FEW = 8  # discs of one colour that are not worth a stamp
PHASES = 4  # places within a pixel, along each axis, that a disc may have
FAR = 2.0**20  # px: no picture is there


def colour(theme: Theme, ink: str, alpha: float = 1.0, towards: str = "", share: float = 0.0) -> QColor:
    """An ink with its alpha, ``share`` of the way to another one."""
    made = QColor(theme.ink(ink))
    if towards:
        end = QColor(theme.ink(towards))
        mix = [a + share * (b - a) for a, b in zip(made.getRgb()[:3], end.getRgb()[:3], strict=True)]
        made = QColor(*(round(c) for c in mix))
    made.setAlphaF(alpha)
    return made


def polygon(px: np.ndarray) -> QPolygonF:
    """(n, 2) float64 as a QPolygonF, by one copy of memory."""
    made = QPolygonF()
    if len(px):
        made.resize(len(px))
        memory = shiboken6.VoidPtr(made.data(), 16 * len(px), True)
        np.frombuffer(memory, np.float64).reshape(-1, 2)[:] = px
    return made


def strokes(painter: QPainter, pieces: list[np.ndarray], pen: QPen) -> None:
    """Polylines, each (m, 2) in finite pixels."""
    # Other caps overlap where segments meet, which shows as dots on lines that let others shine through.
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    whole = painter.testRenderHint(WHOLE) or painter.paintEngine().type() != QPaintEngine.Type.Raster
    wide = pen.widthF() * abs(painter.deviceTransform().m11())  # px of the device
    if wide <= 1.0 or pen.style() != Qt.PenStyle.SolidLine or whole:
        for piece in pieces:
            painter.drawPolyline(polygon(piece))
        return
    # Qt rasters a thick polyline as one outline, 30 times slower than its segments one by one, between which it leaves
    # faint seams.
    if pieces:
        ends = np.concatenate([np.concatenate([piece[:-1], piece[1:]], 1) for piece in pieces])
        painter.drawLines([QLineF(*four) for four in ends.tolist()])


def runs(line: np.ndarray) -> list[np.ndarray]:
    """The finite stretches of a polyline (m, 2) that have at least two points."""
    bad = np.isnan(line[:, 0])
    if not bad.any():
        return [line] if len(line) > 1 else []
    edges = np.flatnonzero(np.diff(np.concatenate([[True], bad, [True]]).astype(np.int8)))
    return [line[a:b] for a, b in edges.reshape(-1, 2).tolist() if b - a > 1]


def finite(px: np.ndarray) -> np.ndarray:
    """The points of (n, 2) that can be drawn."""
    return px[~np.isnan(px[:, 0])]


def discs(painter: QPainter, px: np.ndarray, size: float) -> None:
    """A disc of diameter ``size`` about each of the finite points (n, 2), with the painter's pen and brush."""
    half = size / 2
    onto, pixels = painter.deviceTransform(), painter.paintEngine().type() == QPaintEngine.Type.Raster
    straight = not (onto.m12() or onto.m21() or onto.m13() or onto.m23()) and onto.m11() == onto.m22() > 0
    if pixels and straight and len(px) >= FEW:
        painter.save()
        painter.setTransform(onto.inverted()[0] * painter.worldTransform())  # one to one with pixels
        _stamp(painter, px * onto.m11() + (onto.dx(), onto.dy()), half * onto.m11(), onto.m11())
        painter.restore()
        return
    disc = painter.drawEllipse
    for x, y in px.tolist():
        disc(QPointF(x, y), half, half)


def _stamp(painter: QPainter, px: np.ndarray, half: float, scale: float) -> None:
    """Five times faster than ellipses, each of which Qt outlines anew: copies of a few pictures of one. ``px`` of the
    device, to a quarter of which each place is rounded; ``scale`` of the pen."""
    pen, brush = painter.pen(), painter.brush()
    width = pen.widthF() * scale if pen.style() != Qt.PenStyle.NoPen else 0.0
    reach = math.ceil(half + width / 2) + 1
    ink = pen.color() if width else brush.color()
    stamps = _stamps(round(half, 3), round(width, 3), ink.rgba(), reach)
    px = px[(np.abs(px) < FAR).all(-1)]
    at = np.floor(px * PHASES + 0.5).astype(int)
    whole, phase = at // PHASES - reach, at % PHASES
    draw = painter.drawImage
    for (x, y), k in zip(whole.tolist(), (phase[:, 0] * PHASES + phase[:, 1]).tolist(), strict=True):
        draw(x, y, stamps[k])


@lru_cache(maxsize=512)
def _stamps(half: float, width: float, ink: int, reach: int) -> tuple[QImage, ...]:
    """A disc, or with a ``width`` a ring, at each of the places within a pixel that are told apart."""
    colour, made = QColor.fromRgba(ink), []
    for k in range(PHASES**2):
        picture = QImage(2 * reach + 1, 2 * reach + 1, QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, width) if width else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if width else colour)
            painter.drawEllipse(QPointF(reach + k // PHASES / PHASES, reach + k % PHASES / PHASES), half, half)
        made.append(picture)
    return tuple(made)
