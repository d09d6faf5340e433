"""Lines whose partner the flow changes."""

from __future__ import annotations

from app.scene.colouring import shades
from app.scene.frame import shown
from app.scene.known import more_flow, more_pairs, pairs
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Lines, Mark, Points
from app.scene.morph import morphed, repaired
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import Snapshot

MOST = 0.8  # where nearly all of them are, nothing stands out


@part
class RepairedLines(Layer, frozen=True, tag="re-paired lines"):
    """While lines become trajectories those that lead elsewhere stand out, with a cross where they led."""

    title, rank = "re-paired lines", 22
    about = "While lines morph: those that the flow leads to another end, and a cross where they led."
    panels = ("interpolation",)

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (*more_pairs(look), *more_flow(look)) if look.morph else ()

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        view = shown(snapshot, look)
        found = morphed(view, look) if view is not None else None
        changed = repaired(view, look.lines)
        if found is None or changed is None or not 0 < changed[0].mean() <= MOST:
            return ()
        (times, curves), (which, _), ends = found, changed, pairs(view)
        tint = shades(snapshot, view, look).first(len(curves))
        if "shade" in tint:
            tint = {**tint, "shade": tint["shade"][which]}
        return (
            Lines(curves[which], "pair", width=1.5, alpha=0.9, moving=look.scrubbing, t=times, **tint),
            Points(ends.x1[: len(which)][which], "warning", size=5.0, shape="x", alpha=0.8, t=1.0),
        )
