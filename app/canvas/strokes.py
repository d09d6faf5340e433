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

THICKEST = 6.0  # px of the device: of thicker lines there are few
STRANDS, SHARE = 1.55, 0.68  # thin lines for each px of width, and how much of the ink each has: found by trying


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
        every = np.concatenate(ends).astype(np.float64)
        every = every[~np.isnan(every).any(1)]
        if len(every) and pen.color().alpha() < 255 and wide <= THICKEST:
            every = _strands(painter, every, pen, wide)
        if len(every):
            every = np.ascontiguousarray(every)
            painter.drawLines(at_memory(every, QLineF), len(every))


def _strands(painter: QPainter, ends: np.ndarray, pen: QPen, wide: float) -> np.ndarray:
    """Segments (n, 4) as thin ones side by side, (m, 4), and the painter with the pen for them: of the width and, but
    for some levels at the rims, of the ink of a thick one. What lets others shine through Qt gives to threads in pieces
    of a line, which costs up to fifty times as much as the pixels do."""
    along = ends[:, 2:] - ends[:, :2]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12)
    across = np.maximum(np.abs(along).max(1) / length, 0.5)  # px that a thin line covers
    n = np.maximum(2, np.rint(STRANDS * wide / across)).astype(int)
    pitch = (wide - across) / (n - 1) * pen.widthF() / wide
    which = np.repeat(np.arange(len(ends)), n)
    place = np.arange(len(which)) - np.repeat(np.cumsum(n) - n, n) - (n[which] - 1) / 2
    normal = np.stack([-along[:, 1], along[:, 0]], 1) / length[:, None]
    ink = QColor(pen.color())
    ink.setAlphaF(1 - (1 - ink.alphaF()) ** SHARE)
    thin = QPen(ink, 0.999 * pen.widthF() / wide)
    thin.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(thin)
    return ends[which] + np.tile((place * pitch[which])[:, None] * normal[which], 2)


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
