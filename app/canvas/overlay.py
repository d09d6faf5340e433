"""What a plane shows on top of its marks: the ring of a tool, and words where there is nothing to draw."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.painter import View, colour
from app.theme import Theme, font

Ring = tuple[float, float, float, str]  # x, y, radius in data units, ink


def paint_ring(painter: QPainter, ring: Ring, theme: Theme, view: View) -> None:
    """The cursor of a drawing tool."""
    x, y, radius, ink = ring
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour(theme, ink), theme.line(1.5)))
    painter.setBrush(colour(theme, ink, 0.12))
    centre = QPointF(view.sx * x + view.ox, view.sy * y + view.oy)
    painter.drawEllipse(centre, radius * abs(view.sx), radius * abs(view.sy))


def paint_notice(painter: QPainter, text: str, theme: Theme, place: QRectF) -> None:
    """Words in the middle, on a ground that keeps them readable over marks."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font(theme, 1.05))
    align, pad = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, theme.text_px
    room = painter.boundingRect(place.adjusted(2 * pad, 0, -2 * pad, 0), align, text)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme, "panel", 0.9))
    painter.drawRoundedRect(room.adjusted(-pad, -pad * 0.7, pad, pad * 0.7), 6, 6)
    painter.setPen(colour(theme, "text"))
    painter.drawText(room, align, text)
