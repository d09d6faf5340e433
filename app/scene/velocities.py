"""The velocities of the lines through one place: how they part around their average."""

from __future__ import annotations

import numpy as np

from app.scene.marks import Bars, Curve, Lines, Mark, Panel, Points
from app.scene.numbers import count, number
from engine.probes.averaging import Fan

TITLE = "Velocities at x"
BINS = 24
ROUND = np.linspace(0, 2 * np.pi, 49)


def ellipses(middle: np.ndarray, covariance: np.ndarray) -> list[np.ndarray]:
    """One standard deviation about ``middle`` (d,), in each plane of two principal axes: (m, d) each."""
    values, axes = np.linalg.eigh(covariance)
    half = np.sqrt(np.maximum(values, 0.0)) * axes  # columns
    d = len(middle)
    return [
        (middle + np.cos(ROUND)[:, None] * half[:, i] + np.sin(ROUND)[:, None] * half[:, j]).astype(np.float32)
        for i in range(d)
        for j in range(i + 1, d)
    ]


def histogram(fan: Fan, one: np.ndarray | None = None) -> Panel:
    """On the line: the velocities of the lines, each with its weight."""
    dx, best = fan.dx[:, 0], float((fan.mean if fan.exact is None else fan.exact)[0])
    among = np.array([*dx, best, *(fan.net if fan.net is not None else []), *(one if one is not None else [])])
    room = 0.06 * float(np.ptp(among)) or 0.5
    low, high = float(among.min() - room), float(among.max() + room)
    height, edges = np.histogram(dx, BINS, (low, high), weights=fan.weight)
    top = 1.15 * float(height.max())
    upright = lambda at, ink, name, width: Curve(  # noqa: E731
        np.array([[at, 0.0], [at, top]]), ink, name, width=width, moving=True
    )
    bars = Bars((edges[1:] + edges[:-1]) / 2, (("lines", "pair", height),), (high - low) / BINS, moving=True)
    marks: list[Mark] = [bars, upright(best, "text", "average" if fan.exact is None else "average v*", 3.0)]
    if fan.net is not None:
        marks.append(upright(float(fan.net[0]), "warning", "v of the round", 1.6))
    if one is not None:
        marks.append(upright(float(one[0]), "target", "towards a", 1.6))
    told = f"weights of {count(len(dx))} lines"
    return Panel(TITLE, "chart", tuple(marks), (low, high, 0.0, top), told, x_label="dX/dt")


def scatter(fan: Fan, one: np.ndarray | None = None) -> Panel:
    """In more dimensions: the first two coordinates of the velocities, with average, v and one standard deviation."""
    dx, best = fan.dx[:, :2], (fan.mean if fan.exact is None else fan.exact)[:2]
    share = fan.weight / fan.weight.max()
    strong = share > 0.5
    rim = ellipses(best, fan.covariance[:2, :2])[0]
    marks: list[Mark] = [
        Points(dx[~strong].astype(np.float32), "pair", size=4.0, alpha=0.45, moving=True, who=fan.who[~strong]),
        Points(dx[strong].astype(np.float32), "pair", size=4.5, alpha=0.95, moving=True, who=fan.who[strong]),
        Lines(rim[None], "text", width=1.0, alpha=0.8, moving=True),
        Points(best[None], "text", size=8.0, name="average" if fan.exact is None else "average v*", moving=True),
    ]
    among = [dx, best[None], rim]
    if fan.net is not None:
        marks.append(Points(fan.net[None, :2], "warning", size=8.0, shape="x", name="v of the round", moving=True))
        among.append(fan.net[None, :2])
    if one is not None:
        marks.append(Points(one[None, :2], "target", size=9.0, shape="ring", name="towards a", moving=True))
        among.append(one[None, :2])
    every = np.concatenate(among)
    low, high = every.min(0), every.max(0)
    room = np.maximum(0.08 * (high - low), 1e-3 * max(1.0, float(np.abs(every).max())))
    (x0, y0), (x1, y1) = (low - room).tolist(), (high + room).tolist()
    told = f"dX/dt of {count(len(dx))} lines within {number(fan.reach)}"
    first = "" if len(fan.x) == 2 else ", first two coordinates"
    return Panel(TITLE, "plane", tuple(marks), (x0, x1, y0, y1), told + first, axes=True)
