"""Euler's error against the number of steps, one curve per round."""

from __future__ import annotations

import numpy as np

from app.scene.charts.axes import padded
from app.scene.look import Look
from app.scene.marks import Curve, Panel
from app.scene.same import Same
from engine.snapshot import Snapshot

TITLE = "Euler error by steps N"


def chart(snapshot: Snapshot, look: Look) -> Panel:
    marks, tops, steps = [], [], set()
    for view in snapshot.rounds:
        rungs = [
            (n, e)
            for n, e in sorted(view.ladders.get("euler_error", {}).items())
            if np.isfinite(e.value) and e.value > 0
        ]
        if not rungs:
            continue
        xy = np.array([(n, e.value) for n, e in rungs], float)
        error = np.array([e.error or 0.0 for _, e in rungs])
        ink, name = f"round_{view.number}", f"round {view.number}"
        marks.append(Curve(xy, ink, name, dots=True, error=error if error.any() else None))
        tops += xy[:, 1].tolist()
        steps |= {n for n, _ in rungs}
    if not marks:
        return Panel(TITLE, "chart", empty="appears after round 1")
    (low, high), _ = padded(tops, spread=1.0)
    if high / low < 10:
        low, high = low / 3, high * 3
    right = max(2, *steps)
    ticks = tuple((float(n), str(n)) for n in (2**k for k in range(13)) if min(steps) <= n <= right)
    bounds = (min(steps) / 1.3, right * 1.3, low, high)
    key = Same("euler", *(part for mark in marks for part in (mark.ink, mark.xy, mark.error)))
    return Panel(TITLE, "chart", tuple(marks), bounds, log_x=True, log_y=True, x_ticks=ticks, key=key)
