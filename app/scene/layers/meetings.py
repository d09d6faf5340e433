"""Dots where lines truly meet: at one place at one time."""

from __future__ import annotations

from app.scene.frame import shown
from app.scene.known import met
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Mark, Points
from engine.probe import Probe
from engine.probes.meetings import Meetings as Asked
from engine.registry import part
from engine.snapshot import Snapshot

MOST = 500  # dots drawn: thousands are a stain. The caption counts all


@part
class Meetings(Layer, frozen=True, tag="meetings"):
    """One dot for each two lines, in the plane and in space; on the line the rings are these."""

    title, rank = "true meetings", 52
    about = "Where two lines are at one place at one time, within 1 % of the spread."
    panels = ("interpolation",)

    @classmethod
    def there(cls, dim: int) -> bool:
        return dim > 1

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (Asked(max(2, look.lines)),)

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        found = met(shown(snapshot, look))
        if found is None or not len(found.at) or look.morph:
            return ()
        few = slice(None, None, max(1, -(-len(found.at) // MOST)))
        return (Points(found.at[few], "warning", size=3.2, alpha=0.85, t=found.t[few]),)
