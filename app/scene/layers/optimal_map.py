"""Where the optimal map would take the particles, beside where the flow takes them."""

from __future__ import annotations

import numpy as np

from app.scene.frame import shown
from app.scene.known import more_pairs, pairs
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Lines, Mark, Points
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import Snapshot

INK = "good"


@part
class OptimalMap(Layer, frozen=True, tag="optimal map"):
    """Straight lines from the starts to grad phi of them, with a cross at the end, where the coupling knows phi."""

    title, rank = "optimal map", 38
    about = "Where the optimal map takes the same starts, with a cross at the end; known for a gradient map."
    panels = ("flow",)

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return more_pairs(look)

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        view = shown(snapshot, look)
        ends = pairs(view)
        if ends is None or ends.mapped is None or not view.number:
            return ()
        x0, x1 = ends.x0[: look.lines], ends.mapped[: look.lines]
        whose = {"t": np.array([0.0, 1.0]), "who": np.arange(len(x0))}
        return (
            Lines(np.stack([x0, x1], 1), INK, width=0.8, alpha=0.45, name="optimal map", **whose),
            Points(x1, INK, size=5.0, shape="x", alpha=0.8, t=1.0),
        )
