"""Paints Marks with QPainter, whatever the device: window, thumbnail, film, SVG or PDF."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen

from app.canvas.curves import bars, curve
from app.canvas.levels import paint_levels
from app.canvas.stamps import dots
from app.canvas.strokes import colour, finite, strokes
from app.canvas.view import View
from app.canvas.words import face
from app.scene.marks import Arrows, Bars, Curve, Label, Lines, Mark, Points, Raster
from app.theme import SHADES, Theme

BLENDS = 8  # pieces of a line whose colour runs


def inks(mark: Points | Lines | Arrows, theme: Theme) -> list[tuple[QColor, np.ndarray | slice]]:
    """The colours of a mark, and which of its rows have each."""
    if mark.shade is None:
        return [(colour(theme, mark.ink, mark.alpha), slice(None))]
    bins, made = shade_bins(mark.shade), []
    if len(bins) == 1:
        ink = QColor(theme.shades(mark.palette)[bins[0]])
        ink.setAlphaF(mark.alpha)
        return [(ink, slice(None))]
    order = np.argsort(bins, kind="stable")
    ends = np.searchsorted(bins[order], np.arange(SHADES + 1)).tolist()
    for k, (first, end) in enumerate(pairwise(ends)):
        if end > first:
            ink = QColor(theme.shades(mark.palette)[k])
            ink.setAlphaF(mark.alpha)
            made.append((ink, order[first:end]))
    return made


def shade_bins(shade: np.ndarray) -> np.ndarray:
    """Shades 0 to 1 as places in ``Theme.shades``, (n,)."""
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.asarray(shade, float) * SHADES).astype(int).clip(0, SHADES - 1)


def paint(painter: QPainter, marks: tuple[Mark, ...], theme: Theme, view: View, ground: str = "window") -> None:
    """All marks, in order; ``ground`` is the ink that they lie on. Of labels that would lie on each other the first is
    kept."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    labelled: list[QRectF] = []
    for mark in marks:
        match mark:
            case Points():
                _points(painter, mark, theme, view)
            case Lines():
                _lines(painter, mark, theme, view)
            case Arrows():
                _arrows(painter, mark, theme, view)
            case Raster():
                _raster(painter, mark, theme, view)
            case Curve():
                curve(painter, mark, theme, view, ground)
            case Bars():
                bars(painter, mark, theme, view)
            case Label():
                _label(painter, mark, theme, view, labelled)


def _points(painter: QPainter, mark: Points, theme: Theme, view: View) -> None:
    px, size = view.px(mark.xy), theme.point(mark.size)
    if mark.shape != "x":
        tints, which = _tints(mark, theme, len(px))
        if mark.shade is not None:  # of colours that lie on each other the same one is on top at all times
            order = np.argsort(which, kind="stable")
            px, which = px[order], which[order]
        dots(painter, px, tints, which, size, theme.line(1.0) if mark.shape == "ring" else 0.0)
        return
    half = size / 2
    arms = np.array([[[-half, -half], [half, half]], [[-half, half], [half, -half]]])
    for ink, rows in inks(mark, theme):
        some = finite(px[rows])
        strokes(painter, (some[:, None, None] + arms).reshape(-1, 2, 2), QPen(ink, theme.line(1.0)))


def _tints(mark: Points, theme: Theme, n: int) -> tuple[list[QColor], np.ndarray]:
    """All colours that there can be, and which of them each point has: (n,)."""
    if mark.shade is None:
        return [colour(theme, mark.ink, mark.alpha)], np.zeros(n, int)
    return _tinted(theme.shades(mark.palette), mark.alpha), shade_bins(mark.shade)


@lru_cache(maxsize=64)
def _tinted(shades: tuple[str, ...], alpha: float) -> list[QColor]:
    tints = [QColor(shade) for shade in shades]
    for tint in tints:
        tint.setAlphaF(alpha)
    return tints


def _lines(painter: QPainter, mark: Lines, theme: Theme, view: View) -> None:
    px = view.px(mark.xy)
    if px.ndim != 3 or px.shape[1] < 2:
        return
    width = theme.line(mark.width)
    if not mark.ink_end or mark.shade is not None:
        for ink, rows in inks(mark, theme):
            strokes(painter, px[rows], QPen(ink, width))
        return
    if px.shape[1] == 2:
        px = px[:, :1] + np.linspace(0, 1, BLENDS + 1)[:, None] * (px[:, 1:] - px[:, :1])
    cuts = np.unique(np.linspace(0, px.shape[1] - 1, BLENDS + 1).astype(int)).tolist()
    for k, (a, b) in enumerate(pairwise(cuts)):
        ink = colour(theme, mark.ink, mark.alpha, mark.ink_end, (k + 0.5) / (len(cuts) - 1))
        strokes(painter, px[:, a : b + 1], QPen(ink, width))


def _arrows(painter: QPainter, mark: Arrows, theme: Theme, view: View) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        ends = view.px(np.stack([mark.xy, np.asarray(mark.xy) + mark.uv], 1))
    for ink, rows in inks(mark, theme):
        some = ends[rows]
        _shafts(painter, some[~np.isnan(some).any((1, 2))], theme, QPen(ink, theme.line(mark.width)))


def _shafts(painter: QPainter, ends: np.ndarray, theme: Theme, pen: QPen) -> None:
    """Arrows between the two ends of each, (n, 2, 2) px."""
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    unit = along / np.maximum(length, 1e-9)
    head = np.minimum(0.35 * length, theme.point(6.0))
    side = np.stack([-unit[:, 1], unit[:, 0]], -1)
    left, right = (ends[:, 1] - head * (unit + s * side) for s in (0.5, -0.5))
    pieces = [*ends, *np.stack([left, ends[:, 1], right], 1)]
    strokes(painter, pieces, pen)


def _raster(painter: QPainter, mark: Raster, theme: Theme, view: View) -> None:
    values = np.nan_to_num(np.asarray(mark.values, np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    if values.ndim != 2 or not values.size:
        return
    values = values.clip(-1 if mark.ink_low else 0, 1)
    if painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf):
        for ink, sign in ((mark.ink, 1), *(((mark.ink_low, -1),) if mark.ink_low else ())):
            paint_levels(painter, (sign * values).clip(0, 1), mark.bounds, colour(theme, ink), mark.alpha, view)
        return
    values = values[::-1]
    pixels = np.empty((*values.shape, 4), np.uint8)
    pixels[..., :3] = colour(theme, mark.ink).getRgb()[:3]
    if mark.ink_low:
        pixels[values < 0, :3] = colour(theme, mark.ink_low).getRgb()[:3]
    pixels[..., 3] = np.round(255 * mark.alpha * np.abs(values))
    height, width = values.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    x0, x1, y0, y1 = mark.bounds
    (a, b), (c, d) = view.px(np.array([[x0, y1], [x1, y0]])).tolist()
    if np.isfinite([a, b, c, d]).all():
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(QPointF(a, b), QPointF(c, d)), image)


def _label(painter: QPainter, mark: Label, theme: Theme, view: View, labelled: list[QRectF]) -> None:
    ((x, y),) = view.px(np.array([mark.xy])).tolist()
    if not np.isfinite(x):
        return
    painter.setFont(face(theme, 0.85))
    painter.setPen(colour(theme, mark.ink))
    text = painter.boundingRect(QRectF(), Qt.AlignmentFlag.AlignLeft, mark.text)
    text.moveTopLeft(QPointF(x - mark.anchor[0] * text.width(), y - mark.anchor[1] * text.height()))
    if any(text.intersects(other) for other in labelled):
        return
    labelled.append(text)
    painter.drawText(text, Qt.AlignmentFlag.AlignLeft, mark.text)
