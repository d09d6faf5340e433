"""On the line: t = 0 and t = 1, named."""

from __future__ import annotations

import numpy as np

from app.scene.frame import bounds
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Label, Lines, Mark
from engine.registry import part
from engine.snapshot import Snapshot


@part
class TimeEnds(Layer, frozen=True, tag="time ends"):
    """Two lines across the page of (t, x)."""

    title, rank = "t = 0 and t = 1", 10
    panels = ("interpolation", "flow")
    optional = False

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        box = bounds(snapshot)
        if snapshot.spec.dim > 1 or box is None:
            return ()
        _, _, low, high = box
        x = np.array([[[low], [high]]] * 2, np.float32)
        return (
            Lines(x, "grid", width=1.0, t=np.array([[0.0], [1.0]])),
            Label((0.0, low), "t = 0", "muted", anchor=(-0.1, 1.0)),
            Label((1.0, low), "t = 1", "muted", anchor=(1.1, 1.0)),
        )
