"""The left stage while arrows of the coupling are drawn."""

from __future__ import annotations

import numpy as np

from app.scene.compose import on_page
from app.scene.frame import bounds
from app.scene.known import pairs
from app.scene.layers.clouds import Clouds
from app.scene.layers.interpolation_lines import lines
from app.scene.layers.time_ends import TimeEnds
from app.scene.look import Look
from app.scene.marks import Arrows, Lines, Mark, Panel, Points
from engine.snapshot import Snapshot

HINT = "drag: a new arrow, or move an end · click, Del: take away · Esc when done"


def panel(snapshot: Snapshot, look: Look, rows: np.ndarray, chosen: int) -> Panel:
    """Both clouds, the pairs that follow the arrows so far, and the arrows (n, 2, 2); ``chosen`` is a row or -1."""
    first = snapshot.rounds[0] if snapshot.rounds else None
    still: tuple[Mark, ...] = (*TimeEnds().marks(snapshot, look), *Clouds().marks(snapshot, look))
    ends = pairs(first)
    if ends is not None and snapshot.spec.coupling.kind == "drawn":
        times, xt = lines(first.path, ends, look.lines)
        still = (Lines(xt, "pair", width=0.8, alpha=0.35, t=times), *still)
    moving: list[Mark] = []
    for some, ink, width in (
        (np.delete(rows, chosen, axis=0) if chosen >= 0 else rows, "text", 1.8),
        (rows[chosen : chosen + 1] if chosen >= 0 else rows[:0], "warning", 2.6),
    ):
        if len(some):
            moving.append(Points(some[:, 0], ink, size=6.0, moving=True))
            moving.append(Arrows(some[:, 0], some[:, 1] - some[:, 0], ink, width=width, moving=True))
    dim = snapshot.spec.dim
    caption = HINT if dim < 3 else f"on the page x3 = 0 · {HINT}"
    title, box = "Draw arrows from source to target", bounds(snapshot)
    return on_page((Panel(title, "plane", (*still, *moving), box, caption, equal=dim > 1),))[0]
