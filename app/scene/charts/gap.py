"""Where v differs from v*: a map over (t, x), or over the page at the time nearest to the one on show."""

from __future__ import annotations

import numpy as np

from app.scene.frame import shown
from app.scene.look import Look
from app.scene.marks import Panel, Raster
from app.scene.numbers import number
from app.scene.same import Same
from engine.snapshot import Snapshot

KIND, LABEL = "gap_map", "|v − v*| map"
FULL = 0.98  # quantile of the values that gets the full colour


def chart(snapshot: Snapshot, look: Look) -> Panel:
    view = shown(snapshot, look)
    found = view.gap_map if view is not None else None
    if found is None:
        return Panel(LABEL, "chart", empty="appears after round 1,\nwhere v* is known")
    line = snapshot.spec.dim == 1
    k = 0 if line else int(np.abs(found.times - look.t).argmin())
    gap = found.gap
    known = np.isfinite(gap)
    top = float(np.quantile(gap[known], FULL)) if known.any() else 0.0
    here = np.where(known[k], gap[k], 0.0) / (top or 1.0)
    marks = (
        Raster(known[k].astype(np.float32), found.bounds, "grid", alpha=0.4),  # where there is anything to compare
        Raster(here.clip(0, 1), found.bounds, "warning"),
    )
    words = "over (t, x)" if line else f"at t = {found.times[k]:g}"
    ticks = tuple((x, f"{x:g}") for x in (0.0, 0.25, 0.5, 0.75, 1.0)) if line else ()
    return Panel(
        f"|v − v*| {words}",
        "chart",
        marks,
        found.bounds,
        caption=f"full colour: {number(top)}",
        x_ticks=ticks,
        key=Same("gap", k, view.number, found),
    )
