"""The legend: the marks that have names, in at most two rows above the plot, where they cover nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QLinearGradient, QPainter, QPen

from app.canvas.curves import dots
from app.canvas.strokes import colour, discs
from app.canvas.words import LEFT, face, fitted
from app.scene.marks import Arrows, Bars, Curve, Ink, Lines, Mark, Panel, Points, Raster
from app.theme import Theme

SIZE = 0.78  # of the text
ROW = 1.2  # height of a row; this and what follows in text heights
SWATCH, AFTER, GAP = 1.3, 0.35, 0.8
SCALE = 4.0  # width of a map's colours


class Entry(NamedTuple):
    """A name with its mark at ``x`` in a row; without a mark the count of those that found no room: ``+3``."""

    x: float
    row: int
    name: str
    ink: Ink = "muted"
    mark: Mark | None = None


def entries(panel: Panel, theme: Theme, width: float) -> list[Entry]:
    """Every name at its place in a legend of this width."""
    metrics, gap = QFontMetricsF(face(theme, SIZE)), GAP * theme.text_px
    found = _named(panel)
    before = [_before(mark, metrics, theme) for _, _, mark in found]
    named = [
        (fitted(name, metrics, width - room), ink, mark) for (name, ink, mark), room in zip(found, before, strict=True)
    ]
    wide = [room + metrics.horizontalAdvance(name) for (name, _, _), room in zip(named, before, strict=True)]

    def behind(k: int, x: float) -> float:
        """Room that the last row keeps behind entry k at x, to say how many are missing."""
        rest = len(named) - k - 1
        return 0.0 if x + sum(wide[k:]) + gap * rest <= width + 1 else gap + metrics.horizontalAdvance(f"+{rest}")

    made, x, row = [], 0.0, 0
    for k, (name, ink, mark) in enumerate(named):
        if x and x + wide[k] + (behind(k, x) if row else 0.0) > width + 1:
            if row:
                return [*made, Entry(x, row, f"+{len(named) - k}")]
            x, row = 0.0, 1
        if row and not x:
            name = fitted(name, metrics, width - before[k] - behind(k, x))
        made.append(Entry(x, row, name, ink, mark))
        x += before[k] + metrics.horizontalAdvance(name) + gap
    return made


def _before(mark: Mark, metrics: QFontMetricsF, theme: Theme) -> float:
    """Room that the swatch of an entry takes, with the gap behind it; the ends of a scale stand beside it."""
    ends = sum(metrics.horizontalAdvance(words) for words in mark.ends) if isinstance(mark, Raster) else 0.0
    scale = SCALE + 2 * AFTER if isinstance(mark, Raster) else SWATCH
    return ends + (scale + AFTER) * theme.text_px


def _named(panel: Panel) -> list[tuple[str, Ink, Mark]]:
    """What stands there, each name with its ink once."""
    found = []
    for mark in panel.marks:
        if isinstance(mark, Bars):
            found += [(name, ink, mark) for name, ink, _ in mark.parts if name]
        elif isinstance(mark, Points | Lines | Arrows | Curve | Raster) and mark.name:
            found.append((mark.name, mark.ink, mark))
    return list({(name, ink): (name, ink, mark) for name, ink, mark in found}.values())


def height(panel: Panel, theme: Theme, width: float) -> float:
    """What the legend needs at this width, px; 0 if no mark has a name."""
    made = entries(panel, theme, width)
    return (made[-1].row + 1) * ROW * theme.text_px if made else 0.0


def legend(painter: QPainter, place: QRectF, panel: Panel, theme: Theme, ground: str) -> None:
    painter.setFont(face(theme, SIZE))
    px = theme.text_px
    for x, row, name, ink, mark in entries(panel, theme, place.width()):
        left, top = place.left() + x, place.top() + row * ROW * px
        if mark is not None:
            wide = _before(mark, QFontMetricsF(painter.font()), theme)
            swatch = _scale if isinstance(mark, Raster) else _swatch
            swatch(painter, QRectF(left, top, wide - AFTER * px, ROW * px), ink, mark, theme, ground)
            left += wide
        painter.setPen(colour(theme, "muted"))
        painter.drawText(QRectF(left, top, place.right() + 2 - left, ROW * px), LEFT, name)


def _swatch(painter: QPainter, place: QRectF, ink: Ink, mark: Mark, theme: Theme, ground: str) -> None:
    tint, middle = colour(theme, ink, mark.alpha if isinstance(mark, Bars | Curve) else 1.0), place.center()
    if isinstance(mark, Bars):
        size = place.height() * 0.55
        painter.setPen(QPen(tint, 1.4) if mark.hollow else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if mark.hollow else tint)
        painter.drawRect(QRectF(middle.x() - size / 2, middle.y() - size / 2, size, size))
        return
    spot = np.array([[middle.x(), middle.y()]])
    if isinstance(mark, Points):
        painter.setPen(Qt.PenStyle.NoPen if mark.shape == "o" else QPen(tint, theme.line(1.0)))
        painter.setBrush(tint if mark.shape == "o" else Qt.BrushStyle.NoBrush)
        size = min(theme.point(max(4.0, mark.size)), 0.7 * place.height())
        if mark.shape != "x":
            discs(painter, spot, size)
            return
        arm = QPointF(size / 2, size / 2)
        painter.drawLine(middle - arm, middle + arm)
        painter.drawLine(middle + QPointF(-arm.x(), arm.y()), middle + QPointF(arm.x(), -arm.y()))
        return
    pen = QPen(tint, min(theme.line(mark.width), 0.3 * place.height()))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # a wide one would reach into the name
    if isinstance(mark, Curve) and mark.dash:
        pen.setDashPattern([3.0, 2.0])
    painter.setPen(pen)
    painter.drawLine(QPointF(place.left(), middle.y()), middle)
    if isinstance(mark, Lines) and mark.ink_end:
        pen.setColor(colour(theme, mark.ink_end))
        painter.setPen(pen)
    painter.drawLine(middle, QPointF(place.right(), middle.y()))
    if isinstance(mark, Curve) and mark.dots:
        dots(painter, spot, mark, theme, ground)


def _scale(painter: QPainter, place: QRectF, ink: Ink, mark: Raster, theme: Theme, ground: str) -> None:
    """The colours of a map between what its ends stand for."""
    px, words = theme.text_px, QFontMetricsF(painter.font())
    low, high = (words.horizontalAdvance(end) for end in mark.ends)
    bar = place.adjusted(low + AFTER * px, 0.3 * ROW * px, -high - AFTER * px, -0.3 * ROW * px)
    run = QLinearGradient(bar.topLeft(), bar.topRight())
    run.setColorAt(0.0, colour(theme, mark.ink_low, mark.alpha) if mark.ink_low else colour(theme, ground))
    if mark.ink_low:
        run.setColorAt(0.5, colour(theme, ground))
    run.setColorAt(1.0, colour(theme, ink, mark.alpha))
    painter.setPen(colour(theme, "muted"))
    painter.drawText(place, LEFT, mark.ends[0])
    painter.drawText(place.adjusted(place.width() - high, 0, 2, 0), LEFT, mark.ends[1])
    painter.fillRect(bar, run)
    painter.setPen(QPen(colour(theme, "grid"), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)
