"""The left stage while an end is drawn."""

from __future__ import annotations

import numpy as np

from app.scene.compose import on_page
from app.scene.frame import bounds
from app.scene.layers.clouds import Clouds
from app.scene.layers.time_ends import TimeEnds
from app.scene.look import Look
from app.scene.marks import Panel, Points
from engine.snapshot import Snapshot


def panel(snapshot: Snapshot, look: Look, end: str, points: np.ndarray) -> Panel:
    """The other end's cloud and the drawing (n, 2), nothing else in the way."""
    marks = (*TimeEnds().marks(snapshot, look), *Clouds().marks(snapshot, look))
    still = tuple(mark for mark in marks if not (isinstance(mark, Points) and mark.ink == end))
    now = Points(points, end, size=4.0, moving=True)
    caption = "hold the button to spray, Esc when you are done"
    box, equal = bounds(snapshot), snapshot.spec.dim > 1
    return on_page((Panel(f"Draw the {end}", "plane", (*still, now), box, caption, equal=equal),))[0]
