"""A map as stacked areas, for pages on which a raster image has no place: SVG and PDF stay sharp at any size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from app.canvas.strokes import polygon
from app.canvas.view import View
from app.scene.marks import Bounds

LEVELS = 24  # that are told apart


def paint_levels(painter: QPainter, values: np.ndarray, bounds: Bounds, ink: QColor, alpha: float, view: View) -> None:
    """``values`` (h, w) from 0 to 1, row 0 at the bottom, in this ink: as opaque as they are high, times ``alpha``.

    Each level lies on those below it and adds what is missing, so that no seam shows between two.
    """
    from contourpy import contour_generator  # matplotlib's; a picture without maps does without

    x0, x1, y0, y1 = bounds
    x, y = (_centres(low, high, n) for (low, high), n in zip(((x0, x1), (y0, y1)), values.shape[::-1], strict=True))
    found = contour_generator(x, y, np.pad(values, 1, "edge"), fill_type="OuterOffset")
    painter.setPen(Qt.PenStyle.NoPen)
    below = 0.0
    for k in range(1, LEVELS + 1):
        opaque = alpha * k / LEVELS
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        for points, offsets in zip(*found.filled((k - 0.5) / LEVELS, 2.0), strict=True):
            for a, b in pairwise(offsets):
                path.addPolygon(polygon(view.px(points[a:b])))
        tint = QColor(ink)
        tint.setAlphaF(1 - (1 - opaque) / (1 - below) if below < 1 else 0.0)
        below = opaque
        if not path.isEmpty():
            painter.fillPath(path, tint)


def _centres(low: float, high: float, n: int) -> np.ndarray:
    """Of n cells between, with both ends."""
    half = (high - low) / (2 * n)
    return np.concatenate([[low], np.linspace(low + half, high - half, n), [high]])
