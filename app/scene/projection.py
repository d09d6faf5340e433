"""From data coordinates to the page, once for each space."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.scene.marks import Arrows, Lines, Mark, Panel, Points, Time


def projected(panel: Panel) -> Panel:
    """The same Panel with all places on the page."""
    if panel.space == "chart":
        return panel
    return replace(panel, marks=tuple(_placed(mark) for mark in panel.marks))


def page(points: np.ndarray, t: Time) -> np.ndarray:
    """Points (..., d) at time(s) ``t`` on the page (..., 2): (t, x) on the line, else the first two coordinates."""
    if points.shape[-1] > 1:
        return points[..., :2]
    return np.stack([np.broadcast_to(np.asarray(t, np.float32), points.shape[:-1]), points[..., 0]], -1)


def _placed(mark: Mark) -> Mark:
    match mark:
        case Points() | Lines():
            return replace(mark, xy=page(np.asarray(mark.xy), mark.t), t=0.0)
        case Arrows():
            start = page(np.asarray(mark.xy), mark.t)
            return replace(mark, xy=start, uv=page(np.asarray(mark.uv), mark.dt), t=0.0, dt=0.0)
    return mark
