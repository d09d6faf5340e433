"""The left stage while arrows of the coupling are drawn."""

from __future__ import annotations

import numpy as np

from app.scene.frame import bounds
from app.scene.layers import clouds, ends, pairs
from app.scene.look import Look
from app.scene.marks import Arrows, Lines, Mark, Panel, Points
from app.scene.same import Same
from engine.snapshot import Snapshot

HINT = "drag: a new arrow, or move an end · click, Del: take away · Esc when done"


def panel(snapshot: Snapshot, look: Look, rows: np.ndarray, chosen: int) -> Panel:
    """Both clouds, the pairs that follow the arrows so far, and the arrows (n, 2, 2); ``chosen`` is a row or -1."""
    first = snapshot.rounds[0] if snapshot.rounds else None
    still: tuple[Mark, ...] = (*ends.layer(snapshot, look), *clouds.layer(snapshot, look))
    if first is not None and snapshot.spec.coupling.kind == "drawn":
        still = (Lines(pairs.lines(snapshot, first, look.lines), "pair", width=0.8, alpha=0.35), *still)
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
    key = Same("arrows", snapshot.source, snapshot.target, first and first.x1, look.lines, look.theme)
    return Panel(
        "Draw arrows from source to target",
        "plane",
        (*still, *moving),
        bounds(snapshot),
        caption,
        equal=dim > 1,
        key=key,
    )
