"""The field towards one target point, and beside it the average of all."""

from __future__ import annotations

import numpy as np

from app.scene.frame import bounds
from app.scene.layers.clouds import Clouds
from app.scene.layers.time_ends import TimeEnds
from app.scene.layers.time_now import TimeNow
from app.scene.look import Look
from app.scene.marks import Arrows, Ink, Mark, Panel, Points
from app.scene.numbers import number
from engine.probes.one_target import Toward
from engine.snapshot import Snapshot

TITLES = "To one point a   (a − x)/(1 − t)", "Average of all   v(x, t)"
STEP = 0.045  # of t that an arrow on the line is long
LONG = 0.07  # of the widest side, the longest arrow


def conditional(snapshot: Snapshot, look: Look, found: Toward, lens: tuple[Mark, ...]) -> tuple[Panel, Panel]:
    """Conditional and marginal, in the frame of the stage."""
    ends = (
        [mark for layer in (TimeEnds(), Clouds()) for mark in layer.marks(snapshot, look)] if bounds(snapshot) else []
    )
    now = TimeNow().marks(snapshot, look) if snapshot.spec.dim == 1 else ()
    target = found.target[None].astype(np.float32)
    chosen = (
        Points(found.alone, "particle", size=2.0, alpha=0.5, t=found.t, moving=True),
        Points(target, "warning", size=11.0, shape="ring", t=1.0, moving=True, name="the point a"),
    )
    a = ", ".join(number(float(x)) for x in found.target)
    place = a if len(found.target) == 1 else f"({a})"
    where = "Click" if snapshot.spec.dim < 3 else "Ctrl and click"
    return (
        Panel(
            TITLES[0],
            "plane",
            (*ends, *_grid(snapshot, found, found.toward, "warning"), *chosen, *now),
            caption=f"E[dX | X_t = x, X1 = a], a = {place}",
            guide=f"{where} chooses another a",
        ),
        Panel(
            TITLES[1],
            "plane",
            (*ends, *_grid(snapshot, found, found.average, "text"), *lens, *now),
            caption="each place by the posterior of X1: at a crossing it points to none of them",
        ),
    )


def _grid(snapshot: Snapshot, found: Toward, v: np.ndarray, ink: Ink) -> tuple[Mark, ...]:
    there = np.isfinite(v).all(1)
    at, v, times = found.at[there], v[there], found.times[there]
    frame = bounds(snapshot)
    if not len(at) or frame is None:
        return ()
    if snapshot.spec.dim == 1:
        return (Arrows(at, STEP * v, ink, width=1.2, alpha=0.85, t=times, dt=STEP, moving=True),)
    side = max(frame[1] - frame[0], frame[3] - frame[2])
    longest = float(np.quantile(np.linalg.norm(v, axis=1), 0.98)) or 1.0
    return (Arrows(at, (LONG * side / longest) * v, ink, width=1.2, alpha=0.85, moving=True),)
