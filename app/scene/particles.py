"""How particles at the current t are drawn."""

from __future__ import annotations

import numpy as np

from app.scene.colouring import Plain, Shades
from app.scene.frame import many
from app.scene.look import Look
from app.scene.marks import Mark, Points

DUST = 1000  # particles that a projector shows a third of


def shown(look: Look) -> int:
    """How many particles at most."""
    return min(look.particles, many(max(look.particles, DUST), look))


def particles(points: np.ndarray, look: Look, tint: Shades | Plain) -> tuple[Mark, ...]:
    """Of (n, d) places at ``look.t``: those on drawn lines, and dust."""
    last = min(shown(look), len(points))
    few, lines = {"ink": "particle", "moving": True, "t": look.t}, min(look.lines, last)
    who = np.arange(last)
    dust = Points(points[lines:last], size=1.8, alpha=0.4, who=who[lines:], **few, **tint.first(last, lines))
    return dust, Points(points[:lines], size=4.2, who=who[:lines], **few, **tint.first(lines))
