"""Straightness S by round."""

from __future__ import annotations

import numpy as np

from app.scene.charts.axes import by_round
from app.scene.figures import ROUNDING, basis
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
    truth = {view.number: view.truth["straightness"] for view in snapshot.rounds if "straightness" in view.truth}
    truth = {k: e for k, e in truth.items() if abs(e.value) > ROUNDING}  # else rounding
    curve = Curve(xy, "good", "learned" if truth else "", dots=True, error=error if error.any() else None)
    curves = (curve,)
    if truth:
        known = np.array([(k, e.value) for k, e in truth.items()], float)
        curves = (Curve(known, "warning", "closed form v*", dots=True), curve)
    rests = {basis(e) for e in found.values()}
    caption = rests.pop() if len(rests) == 1 else ""
    return by_round(TITLE, curves, caption=caption, key=Same("straightness", *(c.xy for c in curves), error))
