"""Axes with their numbers: ticks, grid, and the names of what they measure."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.canvas.strokes import colour
from app.canvas.ticks import ticks
from app.canvas.view import View
from app.canvas.words import MIDDLE, RIGHT, face, fitted
from app.scene.marks import Panel
from app.theme import Theme

SIZE = 0.78  # of the text
ROW = 1.2  # height of a row of text below the plot; this and what follows in text heights
NUMBERS = 3.0  # room for the numbers at the left, at least: what is usual changes nothing while a run goes on
GAP = 0.4  # between a number and its axis
ZOOMED = ".00"  # what a plane's numbers may get longer by


def margins(panel: Panel, theme: Theme, width: float, height: float) -> tuple[float, float]:
    """Room that the axes of a plot of about this size need at its left and below it, px."""
    px, metrics = theme.text_px, QFontMetricsF(face(theme, SIZE))
    view = View.of(panel, QRectF(0, 0, max(1.0, width), max(1.0, height)))
    _, _, low, high = view.range(QRectF(0, 0, max(1.0, width), max(1.0, height)))
    labels = [label for _, label in ticks(low, high, view.log_y, _rows(height, px))]
    widest = max(map(metrics.horizontalAdvance, labels), default=0.0)
    if panel.space != "chart":
        widest += metrics.horizontalAdvance(ZOOMED)
    left = max(NUMBERS * px, widest + GAP * px) + (ROW * px if panel.y_label else 0.0)
    return left, ROW * px * (2 if panel.x_label else 1)


def axes(painter: QPainter, plot: QRectF, box: QRectF, panel: Panel, theme: Theme, view: View) -> None:
    """Axes along the left and the lower side of the plot; everything stays inside ``box``."""
    painter.setFont(face(theme, SIZE))
    x0, x1, y0, y1 = view.range(plot)
    px = theme.text_px
    across = ticks(y0, y1, view.log_y, _rows(plot.height(), px))
    upright = ticks(x0, x1, view.log_x, max(2, int(plot.width() / (4.5 * px))))
    if panel.x_ticks:
        upright = [(math.log10(v) if view.log_x else v, label) for v, label in panel.x_ticks if v > 0 or not view.log_x]
    rim = 1e-9 * (x1 - x0)
    upright = [(view.sx * value + view.ox, label) for value, label in upright if x0 - rim <= value <= x1 + rim]
    across = [(view.sy * value + view.oy, label) for value, label in across]
    painter.setPen(QPen(colour(theme, "grid", 0.45), 1.0))
    for y, _ in across:
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
    if panel.space != "chart":
        for x, _ in upright:
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
    painter.setPen(QPen(colour(theme, "grid"), 1.0))
    painter.drawLine(plot.bottomLeft(), plot.bottomRight())
    painter.drawLine(plot.bottomLeft(), plot.topLeft())
    for x, _ in upright:
        painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 0.25 * px))
    _numbers(painter, plot, box, panel, theme, upright, across)
    _names(painter, plot, box, panel, theme)


def _rows(height: float, px: int) -> int:
    return max(2, int(height / (2.2 * px)))


def _numbers(
    painter: QPainter,
    plot: QRectF,
    box: QRectF,
    panel: Panel,
    theme: Theme,
    upright: list[tuple[float, str]],
    across: list[tuple[float, str]],
) -> None:
    """Those that have room: none touches another, or the rim."""
    px, metrics = theme.text_px, QFontMetricsF(painter.font())
    painter.setPen(colour(theme, "muted"))
    left = box.left() + (ROW * px if panel.y_label else 0.0)
    for y, label in across:
        place = QRectF(left, y - ROW * px / 2, plot.left() - GAP * px - left, ROW * px)
        if metrics.horizontalAdvance(label) <= place.width() + 1:
            painter.drawText(place, RIGHT, label)
    free = plot.left() - 2 * px
    for x, label in upright:
        half = metrics.horizontalAdvance(label) / 2
        if x - half >= max(free, box.left()) and x + half <= box.right():
            painter.drawText(QRectF(x - half - 1, plot.bottom() + 0.2 * px, 2 * half + 2, ROW * px), MIDDLE, label)
            free = x + half + 0.5 * px


def _names(painter: QPainter, plot: QRectF, box: QRectF, panel: Panel, theme: Theme) -> None:
    px, metrics = theme.text_px, QFontMetricsF(painter.font())
    if panel.x_label:
        place = QRectF(plot.left(), plot.bottom() + (ROW + 0.1) * px, plot.width(), ROW * px)
        painter.drawText(place, MIDDLE, fitted(panel.x_label, metrics, place.width()))
    if panel.y_label:
        painter.save()
        painter.translate(box.left() + ROW * px / 2, plot.center().y())
        painter.rotate(-90)
        place = QRectF(-plot.height() / 2, -ROW * px / 2, plot.height(), ROW * px)
        painter.drawText(place, MIDDLE, fitted(panel.y_label, metrics, place.width()))
        painter.restore()
