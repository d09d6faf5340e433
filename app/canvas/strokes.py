"""Pens, colours and polylines: numpy to Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen, QPolygonF

from app.theme import Theme

#: A painter with this hint draws what leaves the window: it may take its time.
WHOLE = QPainter.RenderHint.LosslessImageRendering


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


def at_memory(values: np.ndarray, kind: type) -> Any:
    """The first of many values of a Qt type, whose memory ``values`` is: for what takes a pointer and how many. Made
    one by one in Python they would cost as much as their painting."""
    return shiboken6.wrapInstance(values.ctypes.data, kind)


def strokes(painter: QPainter, lines: Sequence[np.ndarray] | np.ndarray, pen: QPen) -> None:
    """Polylines, (m, 2) each, in pixels; NaN parts them."""
    # Other caps overlap where segments meet, which shows as dots on lines that let others shine through.
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    whole = painter.testRenderHint(WHOLE) or painter.paintEngine().type() != QPaintEngine.Type.Raster
    wide = pen.widthF() * abs(painter.deviceTransform().m11())  # px of the device
    if wide <= 1.0 or pen.style() != Qt.PenStyle.SolidLine or whole:
        for piece in (piece for line in lines for piece in runs(line)):
            painter.drawPolyline(polygon(piece))
        return
    # Qt rasters a thick polyline as one outline, several times slower than its segments one by one, between which it
    # leaves faint seams.
    if len(lines):
        ends = [np.concatenate([line[..., :-1, :], line[..., 1:, :]], -1).reshape(-1, 4) for line in _together(lines)]
        every = np.concatenate(ends)
        every = np.ascontiguousarray(every[~np.isnan(every).any(1)], np.float64)
        if len(every):
            painter.drawLines(at_memory(every, QLineF), len(every))


def _together(lines: Sequence[np.ndarray] | np.ndarray) -> Sequence[np.ndarray]:
    return (lines,) if isinstance(lines, np.ndarray) else lines


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
    half, disc = size / 2, painter.drawEllipse
    for x, y in px.tolist():
        disc(QPointF(x, y), half, half)
