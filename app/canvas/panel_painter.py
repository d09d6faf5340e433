"""Paints a whole Panel, without a widget, onto any QPainter: window, still, film, SVG, PDF.

Needs a QGuiApplication, for fonts; neither a QApplication nor a display.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from app.canvas.arrangement import CAPTION, TITLE, Arrangement, arrange, kind
from app.canvas.axes import axes
from app.canvas.legend import legend
from app.canvas.overlay import paint_divide, paint_notice, paint_ring, paint_stale
from app.canvas.painter import paint
from app.canvas.strokes import colour
from app.canvas.view import Bounds, View
from app.canvas.words import LEFT, RIGHT, face, headline, wrapped
from app.scene.flat import flat
from app.scene.marks import Mark, Panel
from app.scene.projection import seen as in_space
from app.scene.ring import Ring
from app.theme import Theme

Marks = Literal["all", "still", "moving"]

DIMMED, FADED = 0.35, 0.6  # marks and words of a picture that is not that of now
RIM = 0.4  # text heights that dots and thick lines of a chart may stand out of its plot


def paint_panel(
    painter: QPainter,
    box: QRectF,
    panel: Panel,
    theme: Theme,
    seen: Bounds | None = None,
    marks: Marks = "all",
    ring: Ring | None = None,
    ground: str = "",
    words: bool | None = None,
) -> None:
    """The panel inside ``box``, of which nothing stands out.

    ``seen``: the part of the plane to show, else the panel's bounds. ``marks``: "still" paints all that stands still,
    with title, caption and axes, and "moving" the rest over it. ``words``: whether title and caption are painted, where
    not just with what stands still. ``ground``: the ink of the ground; none is painted if it is empty.
    """
    if in_space(panel):
        panel, seen = flat(panel), None
    painter.save()
    painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    places = arrange(panel, box, theme)
    view, opacity = View.of(panel, places.plot, seen), painter.opacity()
    still = marks != "moving"
    if still and ground:
        painter.fillRect(box, colour(theme, ground))
    if words or (words is None and still):
        _title(painter, places, panel, theme)
        painter.setOpacity((FADED if panel.stale else 1.0) * opacity)
        _caption(painter, places, panel, theme)
    painter.setOpacity((FADED if panel.stale else 1.0) * opacity)
    if still and places.legend.height():
        legend(painter, places.legend, panel, theme, ground or "window")
    if still and places.axes:
        axes(painter, places.plot, box, panel, theme, view)
    painter.setOpacity(opacity)
    paint_plot(painter, places.plot, panel, theme, view, marks, ring, ground or "window")
    if panel.stale and marks != "still":
        paint_stale(painter, panel.stale, theme, places.plot)
    painter.restore()


def paint_plot(
    painter: QPainter,
    plot: QRectF,
    panel: Panel,
    theme: Theme,
    view: View,
    marks: Marks = "all",
    ring: Ring | None = None,
    ground: str = "window",
) -> None:
    """The marks alone, with what lies on top of them."""
    rim = RIM * theme.text_px if kind(panel) == "chart" else 0.0
    # A chart that has nothing to say says so instead; a plane's marks are where something will be.
    if panel.bounds is not None and not (panel.empty and kind(panel) == "chart"):
        painter.save()
        if panel.stale:
            painter.setOpacity(DIMMED * painter.opacity())
        painter.setClipRect(plot.adjusted(-rim, -rim, rim, rim), Qt.ClipOperation.IntersectClip)
        for part, drawn in parts(panel, plot, view):
            painter.save()
            painter.setClipRect(part.adjusted(-rim, -rim, rim, rim), Qt.ClipOperation.IntersectClip)
            wanted = tuple(mark for mark in drawn if marks == "all" or mark.moving == (marks == "moving"))
            paint(painter, wanted, theme, view, ground)
            painter.restore()
        if panel.divide is not None and marks != "still":
            paint_divide(painter, edge(panel, plot, view), theme, plot)
        if ring is not None and marks != "still":
            paint_ring(painter, ring, theme, view)
        painter.restore()
    if panel.empty and marks != "still":
        paint_notice(painter, panel.empty, theme, plot, bool(panel.marks) and kind(panel) != "chart")


def edge(panel: Panel, plot: QRectF, view: View) -> float:
    """Where a parted panel is parted, px."""
    low, high = panel.bounds[:2]
    at = float(view.px([low + panel.divide * (high - low), panel.bounds[2]])[0])
    return min(plot.right(), max(plot.left(), at))


def parts(panel: Panel, plot: QRectF, view: View) -> tuple[tuple[QRectF, tuple[Mark, ...]], ...]:
    """The plot, or its two parts, each with its marks."""
    if panel.divide is None:
        return ((plot, panel.marks),)
    at = edge(panel, plot, view)
    left, right = QRectF(plot), QRectF(plot)
    left.setRight(at)
    right.setLeft(at)
    return (left, panel.marks), (right, panel.other)


def _title(painter: QPainter, places: Arrangement, panel: Panel, theme: Theme) -> None:
    if places.title.height():
        painter.setPen(colour(theme, "text"))
        shrunk, text = _headline(panel.title, theme, kind(panel), places.title.width())
        painter.setFont(shrunk)
        painter.drawText(places.title, LEFT, text)


def _caption(painter: QPainter, places: Arrangement, panel: Panel, theme: Theme) -> None:
    shape = kind(panel)
    if places.caption.height():
        painter.setFont(face(theme, CAPTION[shape]))
        painter.setPen(colour(theme, "muted"))
        place = places.caption
        if shape == "chart":
            painter.drawText(place, RIGHT, panel.caption)
            return
        spacing, rows = _rows(panel.caption, theme, place.width(), place.height())
        for k, line in enumerate(rows):
            row = QRectF(place.left(), place.top() + k * spacing, place.width(), spacing)
            painter.drawText(row, LEFT, line)


@lru_cache(maxsize=64)  # of what plays the words are the same at every beat
def _headline(title: str, theme: Theme, shape: str, width: float) -> tuple[QFont, str]:
    return headline(title, face(theme, TITLE[shape], bold=shape == "plane"), width)


@lru_cache(maxsize=64)
def _rows(caption: str, theme: Theme, width: float, height: float) -> tuple[float, tuple[str, ...]]:
    """The height of a line, and those that have room."""
    metrics = QFontMetricsF(face(theme, CAPTION["plane"]))
    spacing = metrics.lineSpacing()
    return spacing, tuple(wrapped(caption, metrics, width, round(height / spacing)))
