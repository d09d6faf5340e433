"""A density on the line, beside the axis of its end: as wide as it is dense."""

from __future__ import annotations

import numpy as np

from app.scene.marks import Lines

WIDE = 0.25  # of t: how far the densest place stands from the axis
BINS = 160
NARROW = 0.5  # of the bandwidth that suits one Gaussian (Silverman's): modes stay apart


def estimated(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (m,) and densities (m,), at most 1, of points (n,): a histogram, smoothed by a Gaussian."""
    low, high = float(x.min()), float(x.max())
    room = 0.1 * (high - low) or 0.5
    count, edges = np.histogram(x, BINS, (low - room, high + room))
    spread = NARROW * 0.9 * float(x.std()) * len(x) ** -0.2 / (edges[1] - edges[0])
    reach = max(1, min(BINS // 2 - 1, int(4 * spread)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(spread, 0.5)) ** 2)
    dense = np.convolve(count, kernel / kernel.sum(), "same")
    return (edges[1:] + edges[:-1]) / 2, dense / dense.max()


def beside(places: np.ndarray, dense: np.ndarray, end: int, ink: str, alpha: float = 0.9, width: float = 1.6) -> Lines:
    """The curve, from the source's axis to the right, from the target's to the left."""
    t = end + (1 - 2 * end) * WIDE * dense
    return Lines(places[None, :, None], ink, width=width, alpha=alpha, moving=True, t=t[None])
