"""The source and target points."""

from __future__ import annotations

from app.scene.frame import CLOUD, clouds, many, page
from app.scene.look import Look
from app.scene.marks import Mark, Points
from engine.snapshot import Snapshot


def layer(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    source, target = clouds(snapshot)
    most = many(CLOUD, look)
    return (
        Points(page(source[:most], 0.0), "source", size=2.6, alpha=0.65),
        Points(page(target[:most], 1.0), "target", size=2.6, alpha=0.65),
    )
