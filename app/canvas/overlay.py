"""What lies on top of the marks: the ring of a tool, and words where there is nothing to draw."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.strokes import colour
from app.canvas.view import View
from app.canvas.words import MIDDLE, face
from app.theme import Theme

Ring = tuple[float, float, float, str]  # x, y, radius in data units, ink


def paint_ring(painter: QPainter, ring: Ring, theme: Theme, view: View) -> None:
    """The cursor of a drawing tool."""
    x, y, radius, ink = ring
    painter.setPen(QPen(colour(theme, ink), theme.line(1.5)))
    painter.setBrush(colour(theme, ink, 0.12))
    centre = QPointF(view.sx * x + view.ox, view.sy * y + view.oy)
    painter.drawEllipse(centre, radius * abs(view.sx), radius * abs(view.sy))


def paint_notice(painter: QPainter, text: str, theme: Theme, place: QRectF, over: bool) -> None:
    """Words in the middle; ``over`` marks on a ground that keeps them readable."""
    painter.setFont(face(theme, 1.05 if over else 0.9))
    align, pad = MIDDLE | Qt.TextFlag.TextWordWrap, theme.text_px
    room = painter.boundingRect(
        place.adjusted(min(2 * pad, place.width() / 8), 0, -min(2 * pad, place.width() / 8), 0), align, text
    )
    if over:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme, "panel", 0.9))
        painter.drawRoundedRect(room.adjusted(-pad, -pad * 0.7, pad, pad * 0.7), 6, 6)
    painter.setPen(colour(theme, "text" if over else "muted"))
    painter.drawText(room, align, text)
