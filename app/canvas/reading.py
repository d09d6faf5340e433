"""What a picture says at a place: a chart the value next to it with its standard error; the plane and space where that
is, whose line runs there, and the quantity that the colour stands for, in its unit."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from app.canvas.arrangement import arrange
from app.canvas.view import View
from app.scene.marks import Bars, Curve, Panel, Raster
from app.scene.numbers import figure, number, place, short
from app.scene.picking import OnScreen, nearest
from app.scene.projection import Ball
from app.theme import Theme
from engine.evidence.estimate import Estimate

USUAL = 500  # px of a side in space
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
        elif isinstance(mark, Raster) and mark.data is not None:
            x, y = (at.x() - view.ox) / view.sx, (at.y() - view.oy) / view.sy
            if words := _quantity(mark, x, y):
                found.append((reach, f"{_coordinates(panel, (x, y), (1 / view.sx, 1 / abs(view.sy)))}\n{words}"))
    return min(found)[1] if found else ""


def reading_of_plane(panel: Panel, view: View, theme: Theme, at: QPointF) -> str:
    """The coordinates at this place, px, the quantities there, and the particle next to it."""
    if panel.bounds is None or not view.sx or not view.sy:
        return ""
    x, y = (at.x() - view.ox) / view.sx, (at.y() - view.oy) / view.sy
    on_screen = lambda xy: (view.px(xy), np.zeros(np.shape(xy)[:-1]))  # noqa: E731
    lines = [_coordinates(panel, (x, y), (1 / view.sx, 1 / abs(view.sy)))]
    lines += [words for mark in panel.marks if isinstance(mark, Raster) and (words := _quantity(mark, x, y))]
    return "\n".join((*lines, *_whose(panel, on_screen, theme, at)))


def reading_of_space(panel: Panel, on_screen: OnScreen, theme: Theme, at: QPointF) -> str:
    """The particle next to this place, px, and where of its line that is; a page alone has no place in space."""
    if panel.box is None:
        return ""
    lines = _whose(panel, on_screen, theme, at)
    if not lines:
        return ""
    found = _vertex(panel, on_screen, at)
    if found is None:
        return "\n".join(lines)
    ball = Ball.about(panel.box, panel.space == "spacetime")
    where = found / ball.scale + ball.middle
    names = ("t", "x1", "x2") if panel.space == "spacetime" else ("x1", "x2", "x3")
    steps = [(high - low) / USUAL for low, high in zip(panel.box[::2], panel.box[1::2], strict=True)]
    said = (f"{n} = {place(float(c), step)}" for n, c, step in zip(names, where, steps, strict=True))
    return "\n".join((", ".join(said), *lines))


def _vertex(panel: Panel, on_screen: OnScreen, at: QPointF) -> np.ndarray | None:
    """The drawn place (3,) of the particle that is meant which is next to the cursor."""
    who, best, found = nearest(panel, on_screen, (at.x(), at.y())), math.inf, None
    for mark in panel.marks:
        if getattr(mark, "who", None) is None:
            continue
        places = np.asarray(mark.xy)[np.asarray(mark.who) == who].reshape(-1, 3)
        if len(places) == 2:
            places = places[:1] + np.linspace(0, 1, 65)[:, None] * (places[1:] - places[:1])
        away = np.linalg.norm(on_screen(places)[0] - (at.x(), at.y()), axis=-1)
        if len(away) and np.isfinite(away).any() and np.nanmin(away) < best:
            best, found = float(np.nanmin(away)), places[int(np.nanargmin(away))]
    return found


def _coordinates(panel: Panel, at: tuple[float, float], unit: tuple[float, float]) -> str:
    said = [place(value, step) for value, step in zip(at, unit, strict=True)]
    names = (panel.x_label, panel.y_label) if panel.x_label and panel.y_label else ()
    if not (names or panel.axes):
        names = ("x1", "x2") if panel.equal else ("t", "x")
    return ", ".join(f"{n} = {v}" for n, v in zip(names, said, strict=True)) if names else f"({', '.join(said)})"


def _quantity(mark: Raster, x: float, y: float) -> str:
    """What the colour under the cursor stands for."""
    x0, x1, y0, y1 = mark.bounds
    if mark.data is None or not (x0 <= x < x1 and y0 <= y < y1):
        return ""
    rows, cols = mark.data.shape
    value = float(mark.data[int((y - y0) / (y1 - y0) * rows), int((x - x0) / (x1 - x0) * cols)])
    return f"{mark.quantity} = {number(value)} {mark.unit}".rstrip() if math.isfinite(value) else ""


def _whose(panel: Panel, on_screen: OnScreen, theme: Theme, at: QPointF) -> list[str]:
    who = nearest(panel, on_screen, (at.x(), at.y()), REACH * theme.text_px)
    return [f"particle {who}"] if who >= 0 else []


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
