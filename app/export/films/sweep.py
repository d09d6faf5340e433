"""t from 0 to 1: what the window plays."""

from __future__ import annotations

from app.export.film import Shot, Take, Turning, seen
from app.scene.look import Look
from engine.registry import part
from engine.snapshot import Snapshot


@part
class Sweep(Turning, frozen=True, tag="sweep"):
    """The view on show while t runs."""

    title = "Sweep of t"
    hint = "t runs from the source, t = 0, to the target, t = 1."
    rank = 10

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        return Shot((seen(look, snapshot, t=self.share(take)),))
