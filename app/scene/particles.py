"""How particles at the current t are drawn."""

from __future__ import annotations

import numpy as np

from app.scene.colouring import Plain, Shades
from app.scene.frame import many
from app.scene.look import Look
from app.scene.marks import Mark, Points

DUST = 1000  # particles beside those on the drawn lines, faint: they show the marginal


def particles(points: np.ndarray, look: Look, tint: Shades | Plain) -> tuple[Mark, ...]:
    """Of (n, d) places at ``look.t``: those on drawn lines, and dust."""
    last = min(many(DUST, look), len(points))
    few, lines = {"ink": "particle", "moving": True, "t": look.t}, min(look.lines, len(points))
    who = np.arange(max(last, lines))
    dust = Points(points[lines:last], size=1.8, alpha=0.4, who=who[lines:last], **few, **tint.first(last, lines))
    return dust, Points(points[:lines], size=4.2, who=who[:lines], **few, **tint.first(lines))
