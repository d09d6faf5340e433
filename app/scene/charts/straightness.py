"""Straightness S by round."""

from __future__ import annotations

import numpy as np

from app.scene.charts.axes import by_round
from app.scene.figures import basis
from app.scene.look import Look
from app.scene.marks import Curve, Panel
from app.scene.same import Same
from engine.snapshot import Snapshot

TITLE = "Straightness S by round"


def chart(snapshot: Snapshot, look: Look) -> Panel:
    found = {view.number: view.metrics["straightness"] for view in snapshot.rounds if "straightness" in view.metrics}
    if not found:
        return Panel(TITLE, "chart", empty="appears after round 1")
    xy = np.array([(k, e.value) for k, e in found.items()], float)
    error = np.array([e.error or 0.0 for e in found.values()])
    curve = Curve(xy, "good", dots=True, error=error if error.any() else None)
    rests = {basis(e) for e in found.values()}
    caption = rests.pop() if len(rests) == 1 else ""
    return by_round(TITLE, curve, caption=caption, key=Same("straightness", xy, error))
