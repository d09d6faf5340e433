"""The canvas of charts: ``draw(panel, theme)``.

Plain QPainter rather than pyqtgraph: charts are looked at, not handled, and every margin, tick and legend entry has its
place by construction, so that nothing shifts or overlaps while a run goes on.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.legend import dots, legend
from app.canvas.painter import View, colour, finite, polygon, raster, runs, strokes
from app.canvas.ticks import ticks
from app.scene.marks import Bars, Curve, Panel, Raster
from app.theme import Theme, font, load

CAP = np.array([3.0, 0.0])  # half the cap of an error bar, px
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
MIDDLE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter


class Chart(QWidget):
    """A chart Panel: title, legend row, plot with axes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel, self._theme = Panel("", "chart"), load()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def draw(self, panel: Panel, theme: Theme) -> None:
        """Show the panel; nothing happens if its key and the theme are those on show."""
        if panel.key is not None and panel.key == self._panel.key and theme == self._theme:
            return
        self._panel, self._theme = panel, theme
        self.setAccessibleName(panel.title)
        self.updateGeometry()
        self.update()

    def picture(self) -> QImage:
        return self.grab().toImage()

    def minimumSizeHint(self) -> QSize:
        px = self._theme.text_px
        return QSize(15 * px, 10 * px)

    def sizeHint(self) -> QSize:
        px = self._theme.text_px
        return QSize(20 * px, 13 * px)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_chart(painter, QRectF(self.rect()), self._panel, self._theme)
        painter.end()


def paint_chart(painter: QPainter, box: QRectF, panel: Panel, theme: Theme, ground: str = "panel") -> None:
    """The whole chart inside ``box``, on any device."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(box, QColor(theme.ink(ground)))
    px = theme.text_px
    row = 1.5 * px
    pad = 0.6 * px
    inner = box.adjusted(pad, 0.4 * px, -1.2 * px, -0.3 * px)
    _title(painter, QRectF(inner.left(), inner.top(), inner.width(), row), panel, theme)
    top = inner.top() + row
    if panel.empty or panel.bounds is None:
        painter.setFont(font(theme, 0.85))
        painter.setPen(colour(theme, "muted"))
        painter.drawText(inner.adjusted(0, row, 0, 0), MIDDLE | Qt.TextFlag.TextWordWrap, panel.empty)
        return
    top += legend(painter, QRectF(inner.left(), top, inner.width(), 2.4 * px), panel, theme) + 0.5 * px
    bottom = inner.bottom() - 1.2 * px * (2 if panel.x_label else 1)
    plot = QRectF(inner.left() + 3.0 * px, top, inner.width() - 3.0 * px, max(10.0, bottom - top))
    view = View.fit(_scaled_bounds(panel), plot, equal=False)
    _axes(painter, plot, panel, theme, view)
    painter.save()
    # Dots and thick lines at the rim keep their full size.
    painter.setClipRect(plot.adjusted(-px * 0.4, -px * 0.4, px * 0.4, px * 0.4))
    for mark in panel.marks:
        if isinstance(mark, Raster):
            raster(painter, mark, theme, view)
        elif isinstance(mark, Bars):
            _bars(painter, mark, theme, view, plot)
        elif isinstance(mark, Curve):
            _curve(painter, mark, panel, theme, view)
    painter.restore()


def _scale(values: np.ndarray, log: bool) -> np.ndarray:
    values = np.asarray(values, float)
    if not log:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(np.where(values > 0, values, np.nan))


def _scaled_bounds(panel: Panel) -> tuple[float, float, float, float]:
    x0, x1, y0, y1 = panel.bounds
    x0, x1 = _scale(np.array([x0, x1]), panel.log_x).tolist()
    y0, y1 = _scale(np.array([y0, y1]), panel.log_y).tolist()
    good = all(math.isfinite(v) for v in (x0, x1, y0, y1)) and x1 > x0 and y1 > y0
    return (x0, x1, y0, y1) if good else (0.0, 1.0, 0.0, 1.0)


def _place(xy: np.ndarray, panel: Panel, view: View) -> np.ndarray:
    scaled = np.stack([_scale(xy[:, 0], panel.log_x), _scale(xy[:, 1], panel.log_y)], -1)
    return view.px(scaled)


def _title(painter: QPainter, place: QRectF, panel: Panel, theme: Theme) -> None:
    painter.setFont(font(theme, 0.95))
    painter.setPen(colour(theme, "text"))
    title = painter.fontMetrics().elidedText(panel.title, Qt.TextElideMode.ElideRight, int(place.width()))
    painter.drawText(place, LEFT, title)
    left = place.width() - painter.fontMetrics().horizontalAdvance(title + "  ")
    painter.setFont(font(theme, 0.78))
    if panel.caption and painter.fontMetrics().horizontalAdvance(panel.caption) <= left:
        painter.setPen(colour(theme, "muted"))
        painter.drawText(place, RIGHT, panel.caption)


def _axes(painter: QPainter, plot: QRectF, panel: Panel, theme: Theme, view: View) -> None:
    x0, x1, y0, y1 = _scaled_bounds(panel)
    px = theme.text_px
    painter.setFont(font(theme, 0.78))
    metrics = QFontMetricsF(painter.font())
    axis, text = QPen(colour(theme, "grid"), 1.0), colour(theme, "muted")
    for value, label in ticks(y0, y1, panel.log_y, max(2, int(plot.height() / (2.2 * px)))):
        y = view.sy * value + view.oy
        painter.setPen(QPen(colour(theme, "grid", 0.45), 1.0))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        painter.setPen(text)
        painter.drawText(QRectF(plot.left() - 4.2 * px, y - px, 3.8 * px, 2 * px), RIGHT, label)
    given = tuple((math.log10(v) if panel.log_x else v, label) for v, label in panel.x_ticks)
    free = plot.left() - 2 * px
    for value, label in given or ticks(x0, x1, panel.log_x, max(2, int(plot.width() / (4.5 * px)))):
        x = view.sx * value + view.ox
        painter.setPen(axis)
        painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 0.25 * px))
        half = metrics.horizontalAdvance(label) / 2
        if x - half < free:
            continue
        free = x + half + 0.5 * px
        painter.setPen(text)
        painter.drawText(QRectF(x - 3 * px, plot.bottom() + 0.2 * px, 6 * px, 1.2 * px), MIDDLE, label)
    painter.setPen(axis)
    painter.drawLine(plot.bottomLeft(), plot.bottomRight())
    painter.drawLine(plot.bottomLeft(), plot.topLeft())
    if panel.x_label:
        painter.setPen(text)
        where = QRectF(plot.left(), plot.bottom() + 1.3 * px, plot.width(), 1.2 * px)
        painter.drawText(where, MIDDLE, panel.x_label)


def _curve(painter: QPainter, mark: Curve, panel: Panel, theme: Theme, view: View) -> None:
    px = _place(np.asarray(mark.xy, float).reshape(-1, 2), panel, view)
    tint, width = colour(theme, mark.ink), theme.line(mark.width)
    if mark.error is not None:
        for sign in (-1, 1):
            tips = _place(np.stack([mark.xy[:, 0], mark.xy[:, 1] + sign * mark.error], -1), panel, view)
            # Below zero a logarithmic axis has no place: the bar runs off the bottom.
            tips[:, 1] = np.where(np.isnan(tips[:, 1]) & ~np.isnan(px[:, 1]), 1e4, tips[:, 1])
            tips[:, 0] = px[:, 0]
            bars = np.stack([px, tips], 1)
            caps = np.stack([tips - CAP, tips + CAP], 1)
            some = mark.error > 0
            pieces = [piece for line in (*bars[some], *caps[some]) for piece in runs(line)]
            strokes(painter, pieces, QPen(tint, theme.line(1.0)))
    pen = QPen(tint, width)
    if mark.dash:
        pen.setDashPattern([4.0, 3.0])
    strokes(painter, runs(px), pen)
    if mark.dots:
        dots(painter, finite(px), mark, theme)


def _bars(painter: QPainter, mark: Bars, theme: Theme, view: View, plot: QRectF) -> None:
    base = np.zeros(len(mark.x))
    for _, ink, heights in mark.parts:
        top = base + np.nan_to_num(np.asarray(heights, float), nan=0.0, posinf=0.0, neginf=0.0)
        left, right = mark.x - mark.width / 2, mark.x + mark.width / 2
        corners = np.stack([np.stack([left, top], -1), np.stack([right, base], -1)], 1)
        for (a, b), (c, d) in view.px(corners).tolist():
            if not math.isfinite(a + b + c + d):
                continue
            bar = QRectF(QPointF(a, b), QPointF(c, d))
            painter.setPen(QPen(colour(theme, ink), 1.4) if mark.hollow else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if mark.hollow else colour(theme, ink))
            painter.drawPolygon(polygon(np.array([[a, b], [c, b], [c, d], [a, d]]))) if bar.height() else None
        base = top
