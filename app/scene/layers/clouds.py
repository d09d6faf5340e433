"""The source and target points."""

from __future__ import annotations

from app.scene.frame import CLOUD, clouds, many
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Mark, Points
from engine.registry import part
from engine.snapshot import Snapshot


@part
class Clouds(Layer, frozen=True, tag="clouds"):
    """The first points of both ends."""

    title, rank = "source and target", 30
    panels = ("interpolation", "flow")

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        source, target = clouds(snapshot)
        most = many(CLOUD, look)
        return (
            Points(source[:most], "source", size=2.6, alpha=0.65, t=0.0),
            Points(target[:most], "target", size=2.6, alpha=0.65, t=1.0),
        )
