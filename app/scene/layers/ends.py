"""In space-time: the lines t = 0 and t = 1, named."""

from __future__ import annotations

import numpy as np

from app.scene.frame import bounds
from app.scene.look import Look
from app.scene.marks import Label, Lines, Mark
from engine.snapshot import Snapshot


def layer(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    box = bounds(snapshot)
    if snapshot.spec.dim > 1 or box is None:
        return ()
    _, _, low, high = box
    lines = np.array([[[t, low], [t, high]] for t in (0.0, 1.0)], np.float32)
    return (
        Lines(lines, "grid", width=1.0),
        Label((0.0, low), "t = 0", "muted", anchor=(-0.1, 1.0)),
        Label((1.0, low), "t = 1", "muted", anchor=(1.1, 1.0)),
    )
