"""A hand's line with fewer corners."""

from __future__ import annotations

import numpy as np


def simpler(corners: np.ndarray, tolerance: float, most: int = 1000) -> np.ndarray:
    """Which corners (m,) of a polyline (n, k) to keep, so that none lies farther than ``tolerance`` from what is left
    (Douglas and Peucker); no more than ``most``, whatever the tolerance comes to."""
    if len(corners) < 3:
        return np.arange(len(corners))
    keep = np.zeros(len(corners), bool)
    keep[[0, -1]] = True
    todo = [(0, len(corners) - 1)]
    while todo:
        a, b = todo.pop()
        if b - a < 2:
            continue
        inner, way = corners[a + 1 : b] - corners[a], corners[b] - corners[a]
        length = float(way @ way)
        share = np.clip(inner @ way / length, 0, 1)[:, None] if length > 0 else 0.0
        off = np.linalg.norm(inner - share * way, axis=1)
        k = int(off.argmax())
        if off[k] > tolerance:
            keep[a + 1 + k] = True
            todo += [(a, a + 1 + k), (a + 1 + k, b)]
    found = np.flatnonzero(keep)
    return found if len(found) <= most else simpler_to(corners, tolerance, most)


def simpler_to(corners: np.ndarray, tolerance: float, most: int) -> np.ndarray:
    size = float(np.ptp(corners, axis=0).max()) or 1.0
    return simpler(corners, max(2 * tolerance, 1e-5 * size), most)
