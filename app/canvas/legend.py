"""The legend row of a chart."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.canvas.painter import colour
from app.scene.marks import Bars, Curve, Panel
from app.theme import Theme, font

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _entries(panel: Panel) -> list[tuple[str, str, Curve | Bars]]:
    found = []
    for mark in panel.marks:
        if isinstance(mark, Curve) and mark.name:
            found.append((mark.name, mark.ink, mark))
        elif isinstance(mark, Bars):
            found += [(name, ink, mark) for name, ink, _ in mark.parts if name]
    return found


def _width(entries: list[tuple[str, str, Curve | Bars]], metrics: QFontMetricsF, before: float, gap: float) -> float:
    return sum(before + metrics.horizontalAdvance(name) for name, _, _ in entries) + gap * (len(entries) - 1)


def legend(painter: QPainter, place: QRectF, panel: Panel, theme: Theme) -> float:
    """Entries in at most two rows above the plot, where they cover nothing; returns the height used."""
    entries = _entries(panel)
    if not entries:
        return 0.0
    painter.setFont(font(theme, 0.78))
    metrics, px = QFontMetricsF(painter.font()), theme.text_px
    row, swatch, gap = 1.2 * px, 1.3 * px, 0.8 * px
    x, y = place.left(), place.top()
    for k, (name, ink, mark) in enumerate(entries):
        width = swatch + 0.35 * px + metrics.horizontalAdvance(name)
        rest = len(entries) - k - 1  # of which "+n" may have to tell in the last row
        all_fit = _width(entries[k:], metrics, swatch + 0.35 * px, gap) <= place.right() + 1 - x
        more = 0.0 if all_fit or y == place.top() else gap + metrics.horizontalAdvance(f"+{rest}")
        if x + width + more > place.right() + 1 and x > place.left():
            if y > place.top():
                painter.setPen(colour(theme, "muted"))
                painter.drawText(QRectF(x, y, 3 * px, row), LEFT, f"+{len(entries) - k}")
                break
            x, y = place.left(), y + row
        _swatch(painter, QRectF(x, y, swatch, row), ink, mark, theme)
        painter.setPen(colour(theme, "muted"))
        painter.drawText(QRectF(x + swatch + 0.35 * px, y, width + 2, row), LEFT, name)
        x += width + gap
    return y + row - place.top()


def _swatch(painter: QPainter, place: QRectF, ink: str, mark: Curve | Bars, theme: Theme) -> None:
    tint, middle = colour(theme, ink), place.center()
    if isinstance(mark, Bars):
        size = place.height() * 0.55
        square = QRectF(middle.x() - size / 2, middle.y() - size / 2, size, size)
        painter.setPen(QPen(tint, 1.4) if mark.hollow else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if mark.hollow else tint)
        painter.drawRect(square)
        return
    pen = QPen(tint, theme.line(mark.width))
    if mark.dash:
        pen.setDashPattern([3.0, 2.0])
    painter.setPen(pen)
    painter.drawLine(QPointF(place.left(), middle.y()), QPointF(place.right(), middle.y()))
    if mark.dots:
        dots(painter, np.array([[middle.x(), middle.y()]]), mark, theme)


def dots(painter: QPainter, px: np.ndarray, mark: Curve, theme: Theme) -> None:
    if mark.hollow:
        painter.setPen(QPen(colour(theme, mark.ink), theme.line(1.4)))
        painter.setBrush(colour(theme, "panel"))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme, mark.ink))
    half = theme.point(6.0) / 2
    for x, y in px.tolist():
        painter.drawEllipse(QPointF(x, y), half, half)
