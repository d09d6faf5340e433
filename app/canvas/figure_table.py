"""Paints rows of figures as a table: name, value, what it rests on; the first is the heading."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter

from app.canvas.strokes import colour
from app.canvas.words import LEFT, RIGHT, face, fitted
from app.scene.figure_rows import FigureRow
from app.theme import Theme

HEAD, BODY = 0.95, 0.8  # of the text's size
GAP = 0.6  # text heights between columns
NAME = 4.0  # text heights that a name keeps
SPACE = 0.18  # text heights between rows


def top(k: int, theme: Theme) -> int:
    """Where row k begins, px; that of a row behind the last one is the height of all."""
    space = round(SPACE * theme.text_px)
    head, row = (QFontMetrics(face(theme, size)).height() + space for size in (HEAD, BODY))
    return head + (k - 1) * row if k else 0


def paint_table(painter: QPainter, box: QRectF, rows: Sequence[FigureRow], theme: Theme) -> None:
    """The rows from the top of the box on."""
    px, faces = theme.text_px, [face(theme, BODY if k else HEAD) for k in range(len(rows))]
    metrics = [QFontMetricsF(used) for used in faces]
    rests = max((m.horizontalAdvance(row.rests) for m, row in zip(metrics, rows, strict=True)), default=0.0)
    right = box.width() - (rests + GAP * px if rests else 0.0)
    for k, (row, measure) in enumerate(zip(rows, metrics, strict=True)):
        above = top(k, theme)
        place = QRectF(box.left(), box.top() + above, box.width(), top(k + 1, theme) - above)
        painter.setFont(faces[k])
        quiet = k and row.value
        value = fitted(row.value, measure, max(1.0, min(right, box.width() - NAME * px)))
        room = right - measure.horizontalAdvance(value) - (GAP * px if value else 0.0)
        # names often differ at their end: before, after
        name = measure.elidedText(row.name, Qt.TextElideMode.ElideMiddle, max(1.0, room))
        painter.setPen(colour(theme, "muted" if quiet else "text"))
        painter.drawText(place, LEFT, name)
        painter.drawText(place, RIGHT, row.rests)
        painter.setPen(colour(theme, "text"))
        place.setRight(box.left() + right)
        painter.drawText(place, RIGHT, value)
