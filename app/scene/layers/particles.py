"""The particles at the current t: row i of ``x0`` on both stages."""

from __future__ import annotations

import numpy as np

from app.scene.frame import bounds, many, page, shown
from app.scene.look import Look
from app.scene.marks import Lines, Mark, Points
from engine.snapshot import RoundView, Snapshot

DUST = 1000  # particles beside those on the drawn lines, faint: they show the marginal


def interpolated(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    """At X_t."""
    view = shown(snapshot, look)
    if view is None or not look.particles:
        return ()
    xt, _ = snapshot.spec.path.at(view.x0[:DUST], view.x1[:DUST], look.t)
    return _marks(np.asarray(xt, np.float32), look)


def flowing(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    """At Z_t, linear between the stored times."""
    view = shown(snapshot, look)
    if view is None or not view.learned or not look.particles:
        return ()
    return _marks(at(view, look.t), look)


def at(view: RoundView, t: float) -> np.ndarray:
    """Z_t of the first particles, (n, d)."""
    times = view.times
    k = int(np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(times) - 2))
    share = np.float32((t - times[k]) / (times[k + 1] - times[k]))
    before, after = view.z[k, :DUST], view.z[k + 1, :DUST]
    return before + share * (after - before)


def _marks(points: np.ndarray, look: Look) -> tuple[Mark, ...]:
    where = page(points, look.t)
    dust = Points(where[look.lines : many(DUST, look)], "particle", size=1.8, alpha=0.4, moving=True)
    return dust, Points(where[: look.lines], "particle", size=4.2, moving=True)


def now(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    """In space-time: the vertical line at the current t."""
    box = bounds(snapshot)
    if snapshot.spec.dim > 1 or not snapshot.rounds or box is None:
        return ()
    _, _, low, high = box
    ends = np.array([[[look.t, low], [look.t, high]]], np.float32)
    return (Lines(ends, "muted", width=1.0, alpha=0.8, moving=True),)
