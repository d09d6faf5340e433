"""From lines to trajectories."""

from __future__ import annotations

from app.export.film import EaseKnob, Shot, Take, Turning, TurnKnob, seen
from app.scene import captions
from app.scene.frame import shown
from app.scene.known import flow
from app.scene.look import Look
from engine.registry import part
from engine.snapshot import Snapshot


@part
class Morph(Turning, frozen=True, tag="morph"):
    """(1 - s) X_t + s Z_t while s runs, in the view of crossings."""

    title = "Morph"
    hint = "The straight lines bend into the trajectories of the flow: what rewiring does to each particle."
    rank = 50

    turn: TurnKnob = "there and back"
    ease: EaseKnob = "smooth"

    def unfit(self, snapshot: Snapshot, look: Look) -> str:
        view = shown(snapshot, look)
        return "" if flow(view) is not None else captions.no_flow(snapshot, view) or "There is no flow to morph into."

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        return Shot((seen(look, snapshot, view="crossings", morph=self.share(take), scrubbing=True),))
