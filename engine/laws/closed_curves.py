"""Uniform points on curves in space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

FINE = 8192  # pieces that a curve's length is measured in


def along(curve: Callable[[np.ndarray], np.ndarray], n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` points (n, 3), uniform by arc length on ``curve``, which takes s in [0, 1] (k,) to places (k, 3)."""
    s = np.linspace(0.0, 1.0, FINE + 1)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve(s), axis=0), axis=1))])
    return curve(np.interp(rng.random(n) * length[-1], length, s))
