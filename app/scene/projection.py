"""From data coordinates to the page, or into the unit ball that a camera sees: once for each space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from app.scene.marks import Arrows, Box, Label, Lines, Mark, Panel, Points, Time

LONG = 1.4  # of the widest side of space: how long t is beside it


class Ball(NamedTuple):
    """``(place - middle) * scale``, for the three axes of a box, whose corners then lie at most 1 from the middle."""

    middle: np.ndarray
    scale: np.ndarray

    @classmethod
    def about(cls, box: Box, spacetime: bool) -> Ball:
        """One scale for all axes, but that of t in ``spacetime``."""
        low, high = np.array(box[::2], float), np.array(box[1::2], float)
        side = np.maximum(high - low, 1e-9 * max(1.0, float(np.abs(box).max())))
        shown = side.copy()
        if spacetime:
            shown[0] = LONG * side[1:].max()
        shown /= np.linalg.norm(shown) / 2
        return cls((low + high) / 2, shown / side)

    def inside(self, places: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            return ((np.asarray(places, float) - self.middle) * self.scale).astype(np.float32)

    def outside(self, place: np.ndarray) -> np.ndarray:
        """Places of the ball in data coordinates again."""
        return np.asarray(place, float) / self.scale + self.middle


def seen(panel: Panel) -> bool:
    """Whether it is seen with a camera."""
    return panel.space in ("space", "spacetime")


def projected(panel: Panel) -> Panel:
    """The same Panel with all places on the page (..., 2), or in the unit ball (..., 3)."""
    if panel.space == "chart" or (seen(panel) and panel.box is None):
        return panel
    if not seen(panel):
        return _each(panel, lambda mark: _placed(mark, page))
    ball, axes = Ball.about(panel.box, panel.space == "spacetime"), coordinates if panel.space == "space" else over_time
    origin = ball.inside(np.zeros(3))

    def place(points: np.ndarray, t: Time) -> np.ndarray:
        return ball.inside(axes(points, t))

    def along(steps: np.ndarray, t: Time) -> np.ndarray:
        return place(steps, t) - origin

    return _each(panel, lambda mark: _placed(mark, place, along))


def _each(panel: Panel, made: Callable[[Mark], Mark]) -> Panel:
    return replace(panel, marks=tuple(map(made, panel.marks)), other=tuple(map(made, panel.other)))


def page(points: np.ndarray, t: Time) -> np.ndarray:
    """Points (..., d) at time(s) ``t`` on the page (..., 2): (t, x) on the line, else the first two coordinates."""
    if points.shape[-1] > 1:
        return points[..., :2]
    return np.stack([np.broadcast_to(np.asarray(t, np.float32), points.shape[:-1]), points[..., 0]], -1)


def coordinates(points: np.ndarray, t: Time) -> np.ndarray:
    """The first three coordinates (..., 3); those that there are not are 0."""
    missing = max(0, 3 - points.shape[-1])
    return np.concatenate([points[..., :3], np.zeros((*points.shape[:-1], missing), points.dtype)], -1)


def over_time(points: np.ndarray, t: Time) -> np.ndarray:
    """(t, x, y) of the first two coordinates, (..., 3)."""
    xy = coordinates(points, t)[..., :2]
    return np.concatenate([np.broadcast_to(np.asarray(t, xy.dtype), xy.shape[:-1])[..., None], xy], -1)


Place = Callable[[np.ndarray, Time], np.ndarray]


def _placed(mark: Mark, place: Place, along: Place | None = None) -> Mark:
    match mark:
        case Points() | Lines():
            return replace(mark, xy=place(np.asarray(mark.xy), mark.t), t=0.0)
        case Arrows():
            uv = (along or place)(np.asarray(mark.uv), mark.dt)
            return replace(mark, xy=place(np.asarray(mark.xy), mark.t), uv=uv, t=0.0, dt=0.0)
        case Label() if along is not None:
            return replace(mark, xy=tuple(place(np.array(mark.xy, float), mark.t).tolist()), t=0.0)
    return mark
