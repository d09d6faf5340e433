"""Where v differs from v*: a map over (t, x), or over the page at the time nearest to the one on show."""

from __future__ import annotations

import numpy as np

from app.scene.chart import Chart
from app.scene.frame import shown
from app.scene.look import Look
from app.scene.marks import Panel, Raster
from app.scene.numbers import number, short
from engine.probe import Probe
from engine.probes.velocity_gap import GapMap
from engine.probes.velocity_gap import VelocityGap as Asked
from engine.registry import part
from engine.snapshot import Snapshot

FULL = 0.98  # quantile of the values that gets the full colour
GAP = Asked()


@part
class VelocityGap(Chart, frozen=True, tag="gap_map"):
    """|v - v*| where X_t has mass."""

    title, rank, moving = "Where v is not v*", 90, True
    about = "How far the learned velocity is from the closed form, where X_t has mass."
    formula = "|v(x, t) − v*(x, t)|"

    @classmethod
    def offered(cls, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
        known = any(view.reference or view.found(GAP) is not None for view in snapshot.rounds)
        return super().offered(snapshot) if known else ()

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (GAP,)

    def panel(self, snapshot: Snapshot, look: Look) -> Panel:
        view = shown(snapshot, look)
        answer = view.answer(GAP) if view is not None else None
        if answer is None or answer.value is None:
            told = answer.trouble if answer is not None else "appears in round 1,\nwhere v* is known"
            return Panel(self.title, "chart", empty=told)
        return _panel(answer.value, snapshot.spec.dim == 1, look.t)


def _panel(found: GapMap, line: bool, t: float) -> Panel:
    k = 0 if line else int(np.abs(found.times - t).argmin())
    gap = found.gap
    known = np.isfinite(gap)
    top = float(np.quantile(gap[known], FULL)) if known.any() else 0.0
    here = np.where(known[k], gap[k], 0.0) / (top or 1.0)
    marks = (
        Raster(known[k].astype(np.float32), found.bounds, "grid", alpha=0.4),  # where there is anything to compare
        Raster(here.clip(0, 1), found.bounds, "warning", data=gap[k], quantity="|v − v*|", unit="length/time"),
    )
    words = "over (t, x)" if line else f"at t = {short(found.times[k])}"
    ticks = tuple((x, short(x)) for x in (0.0, 0.25, 0.5, 0.75, 1.0)) if line else ()
    full = f"full colour: {number(top)}"
    return Panel(f"Where v is not v*, {words}", "chart", marks, found.bounds, caption=full, x_ticks=ticks)
