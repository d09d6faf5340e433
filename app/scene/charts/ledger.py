"""The ledger: what a round takes off the transport cost is its straightness and its crossing."""

from __future__ import annotations

import numpy as np

from app.scene.axes import round_axis
from app.scene.chart import Chart
from app.scene.frame import line
from app.scene.look import Look
from app.scene.marks import Bars, Panel
from engine.registry import part
from engine.snapshot import Snapshot

NEEDS = ("pair_cost", "transport_cost", "straightness", "crossing")


@part
class Ledger(Chart, frozen=True, tag="ledger"):
    """E|X1 - X0|² beside E|Z1 - Z0|² + S + V, round by round."""

    title, rank = "Transport cost before and after", 40
    about = "What a round takes off the transport cost: how bent its paths are, S, and how much its lines cross, V."
    formula = "E|X1 − X0|² = E|Z1 − Z0|² + S + V"

    def panel(self, snapshot: Snapshot, look: Look) -> Panel:
        if not snapshot.spec.path.straight:
            return Panel(self.title, "chart", empty="a balance of straight paths only")
        mine = [(k, view.figures.single) for k, view in line(snapshot, look)]
        mine = [(k, own) for k, own in mine if all(n in own and np.isfinite(own[n].value) for n in NEEDS)]
        if not mine:
            return Panel(self.title, "chart", empty="appears after round 1")
        before, after, S, V = (np.array([own[name].value for _, own in mine], float) for name in NEEDS)
        k = np.array([k for k, _ in mine], float)
        # An estimate of S or V near zero can fall below it; a stack has no room for that.
        parts = ("after", "source", after), ("S", "good", S.clip(0)), ("V", "warning", V.clip(0))
        marks = (
            Bars(k - 0.2, (("before", "muted", before),), width=0.34, hollow=True),
            Bars(k + 0.2, parts, width=0.34),
        )
        top = 1.06 * max(float(before.max()), float(sum(part for _, _, part in parts).max()), 1e-12)
        wide, ticks = round_axis(mine[-1][0])
        return Panel(self.title, "chart", marks, (*wide, 0.0, top), caption="by round", x_ticks=ticks)
