"""What a chart says at a place: the value next to it, with its standard error."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from app.canvas.arrangement import arrange
from app.canvas.view import View
from app.scene.marks import Bars, Curve, Panel
from app.scene.numbers import figure, short
from app.theme import Theme
from engine.evidence.estimate import Estimate

REACH = 1.2  # text heights around a value in which it is meant


def reading(panel: Panel, box: QRectF, theme: Theme, at: QPointF) -> str:
    """The value at this place of a chart that fills ``box``, in a line or a few; empty where none is near."""
    plot = arrange(panel, box, theme).plot
    if panel.bounds is None or panel.empty or not plot.contains(at):
        return ""
    view, reach, found = View.of(panel, plot), REACH * theme.text_px, []
    for mark in panel.marks:
        if isinstance(mark, Bars):
            found += _bars(mark, view, at)
        elif isinstance(mark, Curve):
            far, words = _curve(mark, panel, view, at)
            found += [(far, words)] if far <= reach else []
    return min(found)[1] if found else ""


def _curve(mark: Curve, panel: Panel, view: View, at: QPointF) -> tuple[float, str]:
    """How far the nearest value is, px, and what it is; a curve without dots is also read between its ends."""
    xy = np.asarray(mark.xy, float).reshape(-1, 2)
    px = view.px(xy)
    away = np.hypot(px[:, 0] - at.x(), px[:, 1] - at.y())
    if not np.isfinite(away).any():
        return math.inf, ""
    k = int(np.nanargmin(away))
    far, x, y = float(away[k]), xy[k, 0], xy[k, 1]
    if not mark.dots and len(xy) == 2 and xy[0, 1] == xy[1, 1]:  # a level: the same everywhere
        return abs(float(px[k, 1]) - at.y()), mark.name or panel.title
    error = float(mark.error[k]) if mark.error is not None and mark.error[k] > 0 else None
    name = mark.name or panel.title
    return far, f"{name}\nat {_tick(panel, x)}: {figure(Estimate(float(y), error))}"


def _bars(mark: Bars, view: View, at: QPointF) -> list[tuple[float, str]]:
    """The stack under the cursor: all its parts, the topmost first."""
    half = abs(view.sx) * mark.width / 2
    for k, x in enumerate(np.asarray(mark.x, float)):
        if abs(view.sx * x + view.ox - at.x()) <= half:
            lines = [f"{name} {figure(Estimate(float(high[k])))}" for name, _, high in reversed(mark.parts) if name]
            return [(0.0, "\n".join((f"round {short(round(x))}", *lines)))]
    return []


def _tick(panel: Panel, x: float) -> str:
    """The place as its axis names it."""
    named = next((words for value, words in panel.x_ticks if value == x), short(x))
    return f"{panel.x_label} {named}" if panel.x_label else named
