"""The particles of the flow at the current t."""

from __future__ import annotations

from app.scene.colouring import shades
from app.scene.frame import shown
from app.scene.known import flow, more_flow
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Mark
from app.scene.particles import particles
from engine.probe import Probe
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
        return particles(found.at(look.t, look.particles), look, shades(snapshot, view, look))
