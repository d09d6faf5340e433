"""The particles of the flow at the current t."""

from __future__ import annotations

import numpy as np

from app.scene.colouring import shades
from app.scene.frame import shown
from app.scene.known import flow, more_flow
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Mark
from app.scene.particles import particles
from engine.probe import Probe
from engine.probes.trajectories import Traced
from engine.registry import part
from engine.snapshot import Snapshot


@part
class FlowingParticles(Layer, frozen=True, tag="flowing particles"):
    """Z_t, linear between the times that are kept."""

    title, rank = "particles Z_t", 71
    panels = ("flow",)
    moving = True

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return more_flow(look)

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        view = shown(snapshot, look)
        found = flow(view)
        if found is None:
            return ()
        return particles(at(found, look.t, look.particles), look, shades(snapshot, view, look))


def at(found: Traced, t: float, most: int) -> np.ndarray:
    """Z_t of the first ``most`` particles, (n, d)."""
    times = found.times
    k = int(np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(times) - 2))
    share = np.float32((t - times[k]) / (times[k + 1] - times[k]))
    before, after = found.z[k, :most], found.z[k + 1, :most]
    return before + share * (after - before)
