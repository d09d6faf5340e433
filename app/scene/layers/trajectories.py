"""The trajectories of the flow, coloured from source to target."""

from __future__ import annotations

import numpy as np

from app.scene.frame import page, shown
from app.scene.look import Look
from app.scene.marks import Lines, Mark
from engine.snapshot import RoundView, Snapshot


def lines(view: RoundView, most: int) -> np.ndarray:
    """The first ``most`` trajectories on the page, (n, m, 2)."""
    z = view.z[:, :most]
    return page(z, view.times[:, None]).swapaxes(0, 1)


def layer(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    view = shown(snapshot, look)
    if view is None or not view.learned or not look.paths:
        return ()
    return (Lines(lines(view, look.lines), "source", "target", width=1.0, alpha=0.6),)
