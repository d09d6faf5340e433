"""The particles of the interpolation at the current t."""

from __future__ import annotations

import numpy as np

from app.scene.colouring import shades
from app.scene.frame import shown
from app.scene.known import flow, more_flow, more_pairs, pairs
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Mark
from app.scene.morph import between
from app.scene.particles import particles
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
        return (*more_pairs(look), *(more_flow(look) if look.morph else ()))

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        view = shown(snapshot, look)
        ends = pairs(view)
        if ends is None:
            return ()
        most, traced = look.particles, flow(view)
        xt = np.asarray(view.path.at(ends.x0[:most], ends.x1[:most], look.t)[0], np.float32)
        if look.morph and traced is not None:
            zt = traced.at(look.t, most)
            xt = between(xt[: len(zt)], zt[: len(xt)], look.morph)
        return particles(xt, look, shades(snapshot, view, look))
