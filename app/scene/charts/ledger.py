"""The ledger: what a round takes off the transport cost is its straightness and its crossing."""

from __future__ import annotations

import numpy as np

from app.scene.charts.axes import round_axis
from app.scene.frame import line
from app.scene.look import Look
from app.scene.marks import Bars, Panel
from app.scene.same import Same
from engine.snapshot import Snapshot

TITLE = "Cost before = after + S + V"
NEEDS = ("pair_cost", "transport_cost", "straightness", "crossing")


def chart(snapshot: Snapshot, look: Look) -> Panel:
    if not snapshot.spec.path.straight:
        return Panel(TITLE, "chart", empty="a balance of straight paths only")
    mine = [
        (k, v)
        for k, v in line(snapshot, look)
        if all(n in v.metrics and np.isfinite(v.metrics[n].value) for n in NEEDS)
    ]
    rounds = [view for _, view in mine]
    if not rounds:
        return Panel(TITLE, "chart", empty="appears after round 1")
    before, after, S, V = (np.array([view.metrics[name].value for view in rounds], float) for name in NEEDS)
    k = np.array([k for k, _ in mine], float)
    marks = (
        Bars(k - 0.2, (("before", "muted", before),), width=0.34, hollow=True),
        # An estimate of S or V near zero can fall below it; a stack has no room for that.
        Bars(
            k + 0.2,
            (("after", "source", after), ("S", "good", S.clip(0)), ("V", "warning", V.clip(0))),
            width=0.34,
        ),
    )
    top = 1.06 * max(float(before.max()), float((after + S.clip(0) + V.clip(0)).max()), 1e-12)
    wide, ticks = round_axis(mine[-1][0])
    key = Same("ledger", k, before, after, S, V)
    return Panel(TITLE, "chart", marks, (*wide, 0.0, top), caption="by round", x_ticks=ticks, key=key)
