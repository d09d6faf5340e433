"""Paints the card of a round: its little picture, its name and a figure; the line that leads to a branch before it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPixmap

from app.canvas.panel_painter import paint_plot
from app.canvas.strokes import colour
from app.canvas.view import View
from app.canvas.words import LEFT, RIGHT, face, fitted
from app.scene.marks import Panel
from app.theme import Theme

WIDE, HIGH = 12.0, 7.6  # of the picture; this and what follows in text heights
WORDS = 1.9
LEAD = 1.3  # width of the line that leads to a branch
MARGIN = 4.0  # px around the marks


def size(theme: Theme, lead: bool = False) -> QSize:
    px = theme.text_px
    return QSize(round(WIDE * px) + (round(LEAD * px) if lead else 0), round(HIGH * px) + round(WORDS * px))


def frame(box: QRectF, theme: Theme, lead: bool) -> QRectF:
    """Where the picture lies."""
    left = box.left() + (round(LEAD * theme.text_px) if lead else 0)
    return QRectF(left + 1, box.top() + 1, box.right() - left - 2, box.height() - WORDS * theme.text_px - 2)


def paint_card(
    painter: QPainter,
    box: QRectF,
    panel: Panel,
    words: tuple[str, str],
    theme: Theme,
    lead: bool = False,
    shown: bool = False,
    share: float | None = None,
    rim: str = "",
    picture: QPixmap | None = None,
) -> None:
    """The card of a round that is ``shown``, or in work and so far, as a ``share``. ``picture``: the panel, painted."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner, px = frame(box, theme, lead), theme.text_px
    if lead:
        painter.setPen(QPen(colour(theme, "control"), 1.5))
        left, middle = box.left(), inner.center().y()
        painter.drawPolyline(
            [QPointF(left + 2, box.top() + 2), QPointF(left + 2, middle), QPointF(inner.left() - 4, middle)]
        )
    if picture is not None:
        painter.drawPixmap(inner.topLeft(), picture)
    if share is not None:
        track = QRectF(inner.left(), inner.bottom() - 3, inner.width(), 3)
        painter.fillRect(track, colour(theme, "border"))
        track.setWidth(track.width() * share)
        painter.fillRect(track, colour(theme, "accent"))
    if rim:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(theme, rim), 2))
        painter.drawRect(inner)
    place = QRectF(inner.left() + 1, inner.bottom() + 0.3 * px, inner.width() - 2, 1.5 * px)
    painter.setFont(face(theme, 0.8))
    metrics = QFontMetricsF(painter.font())
    title = fitted(words[0], metrics, place.width())
    painter.setPen(colour(theme, "text" if shown or share is not None else "muted"))
    painter.drawText(place, LEFT, title)
    caption = fitted(words[1], metrics, place.width() - metrics.horizontalAdvance(title + " "))
    if len(caption) > 1:
        painter.setPen(colour(theme, "muted"))
        painter.drawText(place, RIGHT, caption)
    if picture is None:  # last: QSvgGenerator keeps the clip of the plot for what comes after it
        plot = inner.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        paint_plot(painter, plot, panel, theme.small(), View.of(panel, plot))
