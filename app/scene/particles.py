"""How particles at the current t are drawn."""

from __future__ import annotations

import numpy as np

from app.scene.frame import many
from app.scene.look import Look
from app.scene.marks import Mark, Points

DUST = 1000  # particles beside those on the drawn lines, faint: they show the marginal


def particles(points: np.ndarray, look: Look) -> tuple[Mark, ...]:
    """Of (n, d) places at ``look.t``: those on drawn lines, and dust."""
    dust = Points(points[look.lines : many(DUST, look)], "particle", size=1.8, alpha=0.4, moving=True, t=look.t)
    return dust, Points(points[: look.lines], "particle", size=4.2, moving=True, t=look.t)
