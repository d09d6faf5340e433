"""From data to pixels."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF

from app.scene.marks import Panel

Bounds = tuple[float, float, float, float]  # x low, x high, y low, y high

FAR = 1e5  # px: beyond this, and for what is not finite, nothing is drawn; Qt's rasteriser would overflow


class View(NamedTuple):
    """``px = sx x + ox``, ``py = sy y + oy``, where x or y is log10 of the data on a logarithmic axis."""

    sx: float
    ox: float
    sy: float
    oy: float
    log_x: bool = False
    log_y: bool = False

    @classmethod
    def fit(cls, bounds: Bounds, box: QRectF, equal: bool, log_x: bool = False, log_y: bool = False) -> View:
        """The bounds inside the box, y upwards; one scale for both axes if ``equal``."""
        (x0, x1), (y0, y1) = _span(*bounds[:2], log_x), _span(*bounds[2:], log_y)
        sx, sy = max(1.0, box.width()) / (x1 - x0), max(1.0, box.height()) / (y1 - y0)
        if equal:
            sx = sy = min(sx, sy)
        middle = box.center()
        return cls(sx, middle.x() - sx * (x0 + x1) / 2, -sy, middle.y() + sy * (y0 + y1) / 2, log_x, log_y)

    @classmethod
    def of(cls, panel: Panel, plot: QRectF, seen: Bounds | None = None) -> View:
        """The panel's bounds, or the part of the plane that is ``seen``, in its plot."""
        bounds = seen or panel.bounds or (0.0, 1.0, 0.0, 1.0)
        return cls.fit(bounds, plot, panel.equal and panel.space != "chart", panel.log_x, panel.log_y)

    def px(self, xy: np.ndarray) -> np.ndarray:
        """(..., 2) in pixels, float64. What is not finite, or further off than FAR, comes out as NaN."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            out = np.array(xy, np.float64)
            for axis, log in enumerate((self.log_x, self.log_y)):
                if log:
                    out[..., axis] = np.log10(np.where(out[..., axis] > 0, out[..., axis], np.nan))
            out = out * (self.sx, self.sy) + (self.ox, self.oy)
            out[~(np.abs(out) < FAR).all(-1)] = np.nan
        return out

    def range(self, plot: QRectF) -> Bounds:
        """What the plot shows: data units, log10 of them on a logarithmic axis."""
        x = ((edge - self.ox) / self.sx for edge in (plot.left(), plot.right()))
        y = ((edge - self.oy) / self.sy for edge in (plot.bottom(), plot.top()))
        return (*x, *y)


def sane(bounds: Bounds) -> Bounds:
    """Bounds that are two intervals, whatever was given."""
    return (*_span(*bounds[:2], False), *_span(*bounds[2:], False))


def _span(low: float, high: float, log: bool) -> tuple[float, float]:
    """An axis from low to high; what is no interval, or one that float64 cannot divide, becomes one."""
    if log:
        low, high = (math.log10(v) if 0 < v < math.inf else math.nan for v in (low, high))
    if not math.isfinite(high - low):
        return 0.0, 1.0
    half = max(0.5, 1e-6 * abs(low))
    return (low, high) if high - low > 1e-12 * max(abs(low), abs(high)) else (low - half, low + half)
