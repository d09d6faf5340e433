"""Straightness S by round."""

from __future__ import annotations

import numpy as np

from app.scene.charts.axes import by_round
from app.scene.frame import line
from app.scene.look import Look
from app.scene.marks import Curve, Panel
from app.scene.numbers import ROUNDING, basis
from app.scene.same import Same
from engine.snapshot import RoundView, Snapshot

TITLE = "Straightness S by round"
TRUTH = "closed form v*"


def chart(snapshot: Snapshot, look: Look) -> Panel:
    """The line on show, the trunk or a branch with the way to it; the trunk stays behind a branch."""
    mine = line(snapshot, look)
    found = {k: view.metrics["straightness"] for k, view in mine if "straightness" in view.metrics}
    if not found:
        return Panel(TITLE, "chart", empty="appears after round 1")
    xy = np.array([(k, e.value) for k, e in found.items()], float)
    error = np.array([e.error or 0.0 for e in found.values()])
    truth = {k: view.truth["straightness"] for k, view in mine if "straightness" in view.truth}
    truth = {k: e for k, e in truth.items() if abs(e.value) > ROUNDING}  # else rounding
    branch = mine[-1][1].name.rpartition(".")[0]
    trunk = [(v.number, v.metrics["straightness"].value) for v in snapshot.rounds if _on_trunk(v)] if branch else []
    name = branch or ("learned" if truth else "")
    curve = Curve(xy, "good", name, dots=True, error=error if error.any() else None)
    curves = (Curve(np.array(trunk, float), "muted", "reflow", dots=True), curve) if trunk else (curve,)
    if truth:
        known = np.array([(k, e.value) for k, e in truth.items()], float)
        beside = next((view.reference for _, view in mine if view.reference), TRUTH)
        curves = (Curve(known, "warning", beside, dots=True), *curves)
    rests = {basis(e) for e in found.values()}
    caption = rests.pop() if len(rests) == 1 else ""
    return by_round(TITLE, curves, caption=caption, key=Same("straightness", *(c.xy for c in curves), error, name))


def _on_trunk(view: RoundView) -> bool:
    return "." not in view.name and "straightness" in view.metrics
