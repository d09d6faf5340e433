"""The picture on a card of a picker: both clouds of a scene in one frame, or the one of a law."""

from __future__ import annotations

from dataclasses import replace

from app.scene.flat import flat
from app.scene.frame import bounds, framed
from app.scene.look import Look
from app.scene.marks import Label, Lines, Mark, Panel, Points
from app.scene.projection import projected
from app.scene.strip import steps
from engine.snapshot import Snapshot

DOT = 1.8  # px
LEAST = 1e-3  # width of a line that has one
CLOSE = 0.9  # of the half width of what a camera sees: a card has no room to spare


def panel(snapshot: Snapshot, one: bool = False) -> Panel:
    """Source and target in their inks; ``one``: the target alone. Histograms on the line, in space seen from home."""
    ends = [("target", snapshot.target)] if one else [("source", snapshot.source), ("target", snapshot.target)]
    if snapshot.spec.dim == 1:
        low, high = bounds(snapshot)[2:]
        if high - low < LEAST:  # one point
            low, high = low - 1.0, high + 1.0
        marks: tuple[Mark, ...] = tuple(Lines(steps(x[:, 0], (low, high, 0.0, 1.08)), ink) for ink, x in ends)
        return projected(Panel("", "plane", marks, (low, high, 0.0, 1.08), equal=False))
    dots = tuple(Points(x, ink, size=DOT) for ink, x in ends)
    made = flat(projected(framed(Panel("", "plane", dots), snapshot, Look())))
    if snapshot.spec.dim == 3:
        drawn = tuple(mark for mark in made.marks if not isinstance(mark, Label))
        made = replace(made, marks=drawn, bounds=tuple(CLOSE * edge for edge in made.bounds))
    return made
