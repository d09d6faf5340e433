"""What lies on top of the marks: the cursor of a tool, and words where there is nothing to draw."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.strokes import colour
from app.canvas.view import View
from app.canvas.words import MIDDLE, face
from app.scene.ring import Ring
from app.theme import Theme


def paint_ring(painter: QPainter, ring: Ring, theme: Theme, view: View) -> None:
    """The cursor of a drawing tool."""
    painter.setPen(QPen(colour(theme, ring.ink), theme.line(1.5)))
    painter.setBrush(colour(theme, ring.ink, 0.12))
    centre = QPointF(view.sx * ring.at[0] + view.ox, view.sy * ring.at[1] + view.oy)
    half = QPointF(ring.half[0] * abs(view.sx), ring.half[1] * abs(view.sy))
    if ring.bar:
        painter.drawRoundedRect(QRectF(centre - half, centre + half), 2, 2)
    else:
        painter.drawEllipse(centre, half.x(), half.y())


def paint_stale(painter: QPainter, text: str, theme: Theme, place: QRectF) -> None:
    """Why the picture is not that of now: in a corner, on a ground that keeps it readable."""
    painter.setFont(face(theme, 0.85))
    pad = theme.text_px / 2
    inner = place.adjusted(2 * pad, 2 * pad, -2 * pad, -2 * pad)
    align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    room = painter.boundingRect(inner, align, text)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme, "panel", 0.9))
    painter.drawRoundedRect(room.adjusted(-pad, -pad, pad, pad), 4, 4)
    painter.setPen(colour(theme, "text"))
    painter.drawText(room, align, text)


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


def paint_divide(painter: QPainter, x: float, theme: Theme, plot: QRectF) -> None:
    """The line that parts a picture in two, with a handle in its middle."""
    painter.save()
    painter.setClipRect(plot)
    painter.setPen(QPen(colour(theme, "text"), theme.line(1.4)))
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
    side = 0.35 * theme.text_px
    painter.setBrush(colour(theme, "text"))
    painter.drawRoundedRect(QRectF(x - side / 2, plot.center().y() - 2 * side, side, 4 * side), side / 2, side / 2)
    painter.restore()
