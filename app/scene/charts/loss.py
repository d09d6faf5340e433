"""The training loss with its floor V."""

from __future__ import annotations

import numpy as np

from app.scene.charts.axes import padded
from app.scene.frame import shown
from app.scene.look import Look
from app.scene.marks import Curve, Panel
from app.scene.numbers import figure
from app.scene.same import Same
from engine.snapshot import Snapshot

TITLE = "Training loss"


def chart(snapshot: Snapshot, look: Look) -> Panel:
    view = shown(snapshot, look)
    if view is None or not len(view.losses):
        learns = snapshot.spec.velocity.learns
        return Panel(TITLE, "chart", empty="appears while training" if learns else "nothing to train")
    losses = view.losses[np.isfinite(view.losses).all(-1)]
    floor = view.floor or view.metrics.get("crossing")
    steps = snapshot.steps if not view.finished else 0
    right = max(float(losses[-1, 0]) if len(losses) else 1.0, float(steps), 1.0)
    values = [*losses[:, 1].tolist(), *([floor.value] if floor else [])]
    box, log = padded(values, zero=True)
    marks = [Curve(losses, "flow", width=1.4)]
    if floor:
        ends = np.array([[0.0, floor.value], [right, floor.value]])
        marks.append(Curve(ends, "warning", f"floor V = {figure(floor)}", width=1.6, dash=True))
    key = Same("loss", losses, floor, right)
    return Panel(TITLE, "chart", tuple(marks), (0.0, right, *box), log_y=log, caption="by step", key=key)
