"""The particles of the interpolation at the current t."""

from __future__ import annotations

import numpy as np

from app.scene.colouring import shades
from app.scene.frame import shown
from app.scene.known import PAIRS, pairs
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Mark
from app.scene.particles import DUST, particles
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import Snapshot


@part
class InterpolatedParticles(Layer, frozen=True, tag="interpolated particles"):
    """X_t: row i starts where row i of the flow does."""

    title, rank = "particles X_t", 70
    panels = ("interpolation",)
    moving = True

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (PAIRS,)

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        view = shown(snapshot, look)
        ends = pairs(view)
        if ends is None:
            return ()
        xt, _ = view.path.at(ends.x0[:DUST], ends.x1[:DUST], look.t)
        return particles(np.asarray(xt, np.float32), look, shades(snapshot, view, look))
