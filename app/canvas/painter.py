"""Paints Marks with QPainter, whatever the device: window, thumbnail, film, SVG or PDF."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from app.scene.marks import Arrows, Label, Lines, Mark, Panel, Points, Raster
from app.theme import Theme, font

FAR = 1e5  # px: beyond this, and for what is not finite, nothing is drawn; Qt's rasteriser would overflow
BLENDS = 8  # pieces of a line whose colour runs


class View(NamedTuple):
    """Data to pixels: ``px = sx x + ox``, ``py = sy y + oy``."""

    sx: float
    ox: float
    sy: float
    oy: float

    @classmethod
    def fit(cls, bounds: tuple[float, float, float, float], box: QRectF, equal: bool) -> View:
        """The bounds inside the box, y upwards; one scale for both axes if ``equal``."""
        x0, x1, y0, y1 = bounds
        sx, sy = box.width() / ((x1 - x0) or 1.0), box.height() / ((y1 - y0) or 1.0)
        if equal:
            sx = sy = min(sx, sy)
        middle = box.center()
        return cls(sx, middle.x() - sx * (x0 + x1) / 2, -sy, middle.y() + sy * (y0 + y1) / 2)

    def px(self, xy: np.ndarray) -> np.ndarray:
        """(..., 2) in pixels, float64. What the gate refuses comes out as NaN."""
        with np.errstate(over="ignore", invalid="ignore"):
            out = np.asarray(xy, np.float64) * (self.sx, self.sy) + (self.ox, self.oy)
            out[~(np.abs(out) < FAR).all(-1)] = np.nan
        return out


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
    if pen.widthF() <= 1.0 or pen.style() != Qt.PenStyle.SolidLine:
        for piece in pieces:
            painter.drawPolyline(polygon(piece))
        return
    # Qt strokes a thick polyline as one outline, 30 times slower than its segments one by one.
    for piece in pieces:
        points = [QPointF(x, y) for x, y in piece.tolist()]
        painter.drawLines([QLineF(a, b) for a, b in pairwise(points)])


def runs(line: np.ndarray) -> list[np.ndarray]:
    """The finite stretches of a polyline (m, 2) that have at least two points."""
    bad = np.isnan(line[:, 0])
    if not bad.any():
        return [line] if len(line) > 1 else []
    edges = np.flatnonzero(np.diff(np.concatenate([[True], bad, [True]]).astype(np.int8)))
    return [line[a:b] for a, b in edges.reshape(-1, 2).tolist() if b - a > 1]


def paint(painter: QPainter, marks: tuple[Mark, ...], theme: Theme, view: View) -> None:
    """All plane marks, in order."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in marks:
        match mark:
            case Points():
                _points(painter, mark, theme, view)
            case Lines():
                _lines(painter, mark, theme, view)
            case Arrows():
                _arrows(painter, mark, theme, view)
            case Raster():
                raster(painter, mark, theme, view)
            case Label():
                _label(painter, mark, theme, view)


def finite(px: np.ndarray) -> np.ndarray:
    return px[~np.isnan(px[:, 0])]


def _points(painter: QPainter, mark: Points, theme: Theme, view: View) -> None:
    px = finite(view.px(mark.xy))
    size = theme.point(mark.size)
    ink, half = colour(theme, mark.ink, mark.alpha), size / 2
    if mark.shape == "x":
        arms = np.array([[[-half, -half], [half, half]], [[-half, half], [half, -half]]])
        strokes(painter, list((px[:, None, None] + arms).reshape(-1, 2, 2)), QPen(ink, theme.line(1.0)))
    elif mark.shape == "ring":
        painter.setPen(QPen(ink, theme.line(1.0)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y in px.tolist():
            painter.drawEllipse(QPointF(x, y), half, half)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        for x, y in px.tolist():
            painter.drawEllipse(QPointF(x, y), half, half)


def _lines(painter: QPainter, mark: Lines, theme: Theme, view: View) -> None:
    px = view.px(mark.xy)
    if px.ndim != 3 or px.shape[1] < 2:
        return
    width = theme.line(mark.width)
    if not mark.ink_end:
        pieces = [piece for line in px for piece in runs(line)]
        strokes(painter, pieces, QPen(colour(theme, mark.ink, mark.alpha), width))
        return
    if px.shape[1] == 2:
        px = px[:, :1] + np.linspace(0, 1, BLENDS + 1)[:, None] * (px[:, 1:] - px[:, :1])
    cuts = np.unique(np.linspace(0, px.shape[1] - 1, BLENDS + 1).astype(int)).tolist()
    for k, (a, b) in enumerate(pairwise(cuts)):
        pieces = [piece for line in px[:, a : b + 1] for piece in runs(line)]
        ink = colour(theme, mark.ink, mark.alpha, mark.ink_end, (k + 0.5) / (len(cuts) - 1))
        strokes(painter, pieces, QPen(ink, width))


def _arrows(painter: QPainter, mark: Arrows, theme: Theme, view: View) -> None:
    ends = view.px(np.stack([mark.xy, np.asarray(mark.xy) + mark.uv], 1))
    ends = ends[~np.isnan(ends).any((1, 2))]
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    unit = along / np.maximum(length, 1e-9)
    head = np.minimum(0.35 * length, theme.point(6.0))
    side = np.stack([-unit[:, 1], unit[:, 0]], -1)
    left, right = (ends[:, 1] - head * (unit + s * side) for s in (0.5, -0.5))
    pieces = [*ends, *np.stack([left, ends[:, 1], right], 1)]
    strokes(painter, pieces, QPen(colour(theme, mark.ink, mark.alpha), theme.line(mark.width)))


def raster(painter: QPainter, mark: Raster, theme: Theme, view: View) -> None:
    values = np.nan_to_num(np.asarray(mark.values, np.float32), nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1)
    if values.ndim != 2 or not values.size:
        return
    pixels = np.empty((*values.shape, 4), np.uint8)
    pixels[..., :3] = colour(theme, mark.ink).getRgb()[:3]
    pixels[..., 3] = np.round(255 * mark.alpha * values[::-1])
    height, width = values.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    x0, x1, y0, y1 = mark.bounds
    (a, b), (c, d) = view.px(np.array([[x0, y1], [x1, y0]])).tolist()
    if np.isfinite([a, b, c, d]).all():
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(QPointF(a, b), QPointF(c, d)), image)


def _label(painter: QPainter, mark: Label, theme: Theme, view: View) -> None:
    ((x, y),) = view.px(np.array([mark.xy])).tolist()
    if not np.isfinite(x):
        return
    painter.setFont(font(theme, 0.85))
    painter.setPen(colour(theme, mark.ink))
    text = painter.boundingRect(QRectF(), Qt.AlignmentFlag.AlignLeft, mark.text)
    text.moveTopLeft(QPointF(x - mark.anchor[0] * text.width(), y - mark.anchor[1] * text.height()))
    painter.drawText(text, Qt.AlignmentFlag.AlignLeft, mark.text)


def thumbnail(panel: Panel, theme: Theme, width: int, height: int, ratio: float = 1.0) -> QPixmap:
    """A plane Panel as a little picture of ``width`` x ``height`` logical pixels."""
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(theme.ink("window")))
    small, box = theme.small(), QRectF(0, 0, width, height)
    painter = QPainter(made)
    if panel.bounds is not None:
        paint(painter, panel.marks, small, View.fit(panel.bounds, box.adjusted(4, 4, -4, -4), panel.equal))
    if panel.empty:
        painter.setFont(font(small))
        painter.setPen(QColor(theme.ink("muted")))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, panel.empty)
    painter.end()
    return made
