"""Where the parts of a Panel lie: title, caption, legend, plot. The same for window, file and film."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from app.canvas import axes, legend
from app.canvas.words import face, headline
from app.scene.marks import Panel
from app.theme import Theme

LEAST = 4.0  # text heights that a plot keeps: before it gets lower, words go
NOTHING = QRectF()

#: Of the text's size. A plane's title stands alone; a chart's shares its row with the caption.
TITLE = {"plane": 1.08, "chart": 0.95}
CAPTION = {"plane": 0.85, "chart": 0.78}


class Arrangement(NamedTuple):
    """Rectangles in px; one without height holds nothing. ``axes``: whether the plot has room for them around it."""

    title: QRectF
    caption: QRectF
    legend: QRectF
    plot: QRectF
    axes: bool


def kind(panel: Panel) -> str:
    """``chart``, or ``plane`` for everything that is a view of space."""
    return "chart" if panel.space == "chart" else "plane"


def lines(box: QRectF, theme: Theme) -> int:
    """Lines of a plane's caption: two, more where the box is narrow. The text decides nothing, for a caption that grows
    must not push the picture down."""
    return 2 + (box.width() < 24 * theme.text_px) + (box.width() < 16 * theme.text_px)


def arrange(panel: Panel, box: QRectF, theme: Theme) -> Arrangement:
    """The parts inside ``box``. Where it is too low for all, the legend goes first, then caption, axes and title."""
    place = _chart if kind(panel) == "chart" else _plane
    for kept in ("title caption legend axes", "title caption axes", "title axes", "title", ""):
        made = place(panel, box, theme, panel.worded & set(kept.split()))
        if made.plot.height() >= LEAST * theme.text_px and made.plot.width() >= LEAST * theme.text_px:
            break
    return made


def _plane(panel: Panel, box: QRectF, theme: Theme, kept: frozenset[str]) -> Arrangement:
    px, pad = theme.text_px, theme.text_px // 2
    left, top, width = box.left() + pad, box.top(), max(0.0, box.width() - 2 * pad)
    title = caption = NOTHING
    worded = bool(panel.title or panel.caption)
    if worded and "title" in kept:
        given = QFontMetricsF(face(theme, TITLE["plane"], bold=True))
        title = QRectF(left, top + pad, width - _button(panel, theme), given.lineSpacing())
        top = title.bottom()
    if worded and "caption" in kept:
        spacing = QFontMetricsF(face(theme, CAPTION["plane"])).lineSpacing()
        caption = QRectF(left, top + pad // 2, width, lines(box, theme) * spacing)
        top = caption.bottom() + px // 4
    names = _legend(panel, left, top, width, theme, kept)
    top = math.ceil(max(top, names.bottom()))
    plot = QRectF(box.left(), top, box.width(), max(0.0, box.bottom() - top))
    with_axes = panel.axes and "axes" in kept
    if with_axes:
        plot = plot.adjusted(0, 0.5 * px, -1.2 * px, -0.4 * px)
        plot = _inside(panel, plot, theme)
    return Arrangement(title, caption, names, plot, with_axes)


def _chart(panel: Panel, box: QRectF, theme: Theme, kept: frozenset[str]) -> Arrangement:
    px = theme.text_px
    inner = box.adjusted(0.6 * px, 0.4 * px, -1.2 * px, -0.3 * px)
    title = caption = NOTHING
    top = inner.top()
    if kept & {"title", "caption"} and (panel.title or panel.caption):
        title, caption = _row(panel, QRectF(inner.left(), top, inner.width(), 1.5 * px), theme, kept)
        top = title.bottom()
    empty = bool(panel.empty) or panel.bounds is None
    names = NOTHING if empty else _legend(panel, inner.left(), top, inner.width(), theme, kept)
    plot = QRectF(inner.left(), top, inner.width(), max(0.0, inner.bottom() - top))
    with_axes = "axes" in kept and not empty
    if with_axes:
        plot.setTop(max(top, names.bottom()) + 0.5 * px)
        plot = _inside(panel, plot, theme)
    return Arrangement(title, caption, names, plot, with_axes)


def _row(panel: Panel, row: QRectF, theme: Theme, kept: frozenset[str]) -> tuple[QRectF, QRectF]:
    """Title at the left, caption at the right; whole or not at all, for half a number is a wrong one."""
    if "title" not in kept:
        return NOTHING, row
    room = row.width() - _button(panel, theme)
    given, text = headline(panel.title, face(theme, TITLE["chart"]), room)
    left = QFontMetricsF(given).horizontalAdvance(text + "  ") + row.width() - room
    wide = QFontMetricsF(face(theme, CAPTION["chart"])).horizontalAdvance(panel.caption) + 1
    title = QRectF(row.left(), row.top(), room, row.height())
    if "caption" not in kept or not panel.caption or left + wide > row.width():
        return title, NOTHING
    title.setWidth(row.width() - wide)
    return title, QRectF(row.right() - wide, row.top(), wide, row.height())


def title_end(panel: Panel, box: QRectF, theme: Theme) -> tuple[float, float]:
    """Where the words of a title end, and the middle of their row, px: what belongs to it stands there."""
    place, shape = arrange(panel, box, theme).title, kind(panel)
    given, text = headline(panel.title, face(theme, TITLE[shape], bold=shape == "plane"), place.width())
    return place.left() + QFontMetricsF(given).horizontalAdvance(text), place.center().y()


def _button(panel: Panel, theme: Theme) -> float:
    """Room behind a title for the button that offers choices."""
    return 1.9 * theme.text_px if panel.choices else 0.0


def _legend(panel: Panel, left: float, top: float, width: float, theme: Theme, kept: frozenset[str]) -> QRectF:
    high = legend.height(panel, theme, width) if "legend" in kept else 0.0
    return QRectF(left, top, width, high) if high else NOTHING


def _inside(panel: Panel, plot: QRectF, theme: Theme) -> QRectF:
    left, low = axes.margins(panel, theme, plot.width(), plot.height())
    return plot.adjusted(left, 0, 0, -low)
