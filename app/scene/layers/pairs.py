"""The lines of the interpolation, one per pair."""

from __future__ import annotations

import numpy as np

from app.scene.frame import page, shown
from app.scene.look import Look
from app.scene.marks import Lines, Mark
from engine.snapshot import RoundView, Snapshot

BENT = 33  # points of a line that is not straight


def lines(snapshot: Snapshot, view: RoundView, most: int) -> np.ndarray:
    """X_t of the first ``most`` pairs on the page, (n, m, 2); two points each where the path is straight."""
    x0, x1 = view.x0[:most], view.x1[:most]
    times = (0.0, 1.0) if snapshot.spec.path.straight else np.linspace(0, 1, BENT).tolist()
    return np.stack([page(np.asarray(snapshot.spec.path.at(x0, x1, t)[0], np.float32), t) for t in times], 1)


def layer(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    view = shown(snapshot, look)
    if view is None or not look.paths:
        return ()
    return (Lines(lines(snapshot, view, look.lines), "pair", width=0.8, alpha=0.5),)
