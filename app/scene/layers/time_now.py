"""On the line: the current t."""

from __future__ import annotations

import numpy as np

from app.scene.frame import bounds
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Lines, Mark
from engine.registry import part
from engine.snapshot import Snapshot


@part
class TimeNow(Layer, frozen=True, tag="time now"):
    """A line across the page of (t, x)."""

    title, rank = "current t", 60
    panels = ("interpolation", "flow")
    optional = False
    moving = True

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        box = bounds(snapshot)
        if snapshot.spec.dim > 1 or not snapshot.rounds or box is None:
            return ()
        x = np.array([[[box[2]], [box[3]]]], np.float32)
        return (Lines(x, "muted", width=1.0, alpha=0.8, moving=True, t=look.t),)
