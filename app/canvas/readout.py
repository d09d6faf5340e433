"""What is under the cursor, in a quiet line at the foot of its panel: at once, while no button is down and none draws.

A label over the canvas that has a ground of its own: what lies below is not painted anew while the line follows.
"""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.canvas.arrangement import arrange
from app.canvas.strokes import colour
from app.canvas.words import face
from app.guard import guarded
from app.plain_text import Label
from app.theme import load

SIZE = 0.85  # of the text's
BETWEEN = "  ·  "
AWAY = 2.0  # text heights that the cursor keeps from the line, before it goes to the head of the plot
AGAIN = 0.1  # seconds between two readings of a picture that moves under a cursor that rests
ENDS = {QEvent.Type.Leave, QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.Hide}


class Readout(Label):
    """Of one canvas, which has ``panel``, ``theme``, ``tool`` and ``reading``; ``under``: what of it gets the mouse."""

    def __init__(self, canvas: QWidget, under: QWidget, ground: str = "window") -> None:
        super().__init__("", canvas)
        self._canvas, self._ground, self._theme = canvas, ground, load()
        self._at: QPointF | None = None  # the cursor, while it is over the canvas and no button is down
        self._read = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        under.setMouseTracking(True)
        under.installEventFilter(self)

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._at = None if event.buttons() else event.position()
            self._read_anew()
        elif kind in ENDS:
            self._at = None
            self.hide()
        elif kind == QEvent.Type.ToolTip:  # which would say the same, but for a chart's hint
            return self.isVisible() and not self._canvas.panel.hint
        return False

    def follow(self) -> None:
        """The picture is another one, and the cursor may be where it was."""
        if self._at is not None and time.monotonic() - self._read > AGAIN:
            self._read_anew()

    def _read_anew(self) -> None:
        canvas, at = self._canvas, self._at
        self._read = time.monotonic()
        plot = arrange(canvas.panel, QRectF(canvas.rect()), canvas.theme).plot.toRect()
        draws = canvas.tool is not None and canvas.tool.exclusive
        over = at is not None and not draws and plot.contains(at.toPoint())
        words = canvas.reading(at) if over else ""
        if words:
            self._say(words.splitlines(), plot, at)
        self.setVisible(bool(words))

    def _say(self, parts: list[str], plot: QRect, at: QPointF) -> None:
        self._theme, px = self._canvas.theme, self._canvas.theme.text_px
        metrics = QFontMetricsF(face(self._theme, SIZE))
        lines = _wrapped(parts, metrics, plot.width() - 2 * px)
        wide, high = max(map(metrics.horizontalAdvance, lines)), len(lines) * metrics.lineSpacing()
        size = QSize(math.ceil(wide) + px, math.ceil(high) + px // 3)
        if self.isVisible():  # it grows only: what it would uncover had to be painted
            size = size.expandedTo(self.size())
        size = size.boundedTo(plot.size())
        foot = QRect(plot.left(), plot.bottom() + 1 - size.height(), size.width(), size.height())
        near = round(AWAY * px)
        if foot.adjusted(-near, -near, near, near).contains(at.toPoint()):
            foot.moveTop(plot.top())
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # which a style sheet takes away
        self.setText("\n".join(lines))
        self.setGeometry(foot)
        self.raise_()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        px = self._theme.text_px
        with QPainter(self) as painter:
            painter.setFont(face(self._theme, SIZE))
            painter.fillRect(self.rect(), colour(self._theme, self._ground))
            painter.setPen(colour(self._theme, "muted"))
            place = self.rect().adjusted(px // 2, 0, 0, 0)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), self.text())


def _wrapped(parts: list[str], measure: QFontMetricsF, room: float) -> list[str]:
    """In as few lines as there is room for."""
    lines = parts[:1]
    for part in parts[1:]:
        longer = f"{lines[-1]}{BETWEEN}{part}"
        if measure.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
