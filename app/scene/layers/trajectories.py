"""The trajectories of the flow, of the same particles as the lines."""

from __future__ import annotations

import numpy as np

from app.scene.colouring import shades
from app.scene.frame import shown
from app.scene.known import flow, more_flow
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Lines, Mark
from engine.probe import Probe
from engine.probes.trajectories import Traced
from engine.registry import part
from engine.snapshot import Snapshot


@part
class Trajectories(Layer, frozen=True, tag="trajectories"):
    """Z_t of the same particles, for all t."""

    title, rank = "trajectories Z_t", 40
    panels = ("flow",)

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return more_flow(look)

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        view = shown(snapshot, look)
        found = flow(view)
        if found is None:
            return ()
        z = lines(found, look.lines)
        tint = shades(snapshot, view, look).first(len(z))
        return (Lines(z, "source", "target", width=1.0, alpha=0.65, t=found.times, who=np.arange(len(z)), **tint),)


def lines(found: Traced, most: int) -> np.ndarray:
    """The first ``most`` trajectories, (n, m, d)."""
    return found.z[:, :most].swapaxes(0, 1)
