"""The lens on a trajectory: which one is meant by a place of the page, and where on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.scene.frame import bounds, box, shown
from app.scene.known import flow
from app.scene.look import Look
from app.scene.projection import Ball, page
from engine.snapshot import Snapshot

REACH = 0.06  # of the page: nearer than that a trajectory is meant


def riding(snapshot: Snapshot, look: Look, at: tuple[float, float], which: int = -1) -> dict[str, Any]:
    """The fields of a Look whose lens is where the nearest drawn trajectory, or the one that is named, passes this
    place of the page, and stays on it; none where none is near."""
    found, frame = flow(shown(snapshot, look)), bounds(snapshot)
    if found is None or frame is None:
        return {}
    one = 0 <= which < found.z.shape[1]
    z = found.z[:, which : which + 1] if one else found.z[:, : look.lines]
    if snapshot.spec.dim > 2:
        on_page, scale = look.camera.seen(Ball.about(box(snapshot), False).inside(z))[0], np.full(2, 0.5)
    else:
        on_page = page(z, found.times[:, None])
        wide, high = frame[1] - frame[0], frame[3] - frame[2]
        scale = 1 / (np.array([wide, high]) if snapshot.spec.dim == 1 else np.full(2, max(wide, high)))
    away = np.linalg.norm((on_page - at) * scale, axis=-1)
    if not np.isfinite(away).any():
        return {}
    k, i = np.unravel_index(int(np.nanargmin(away)), away.shape)
    if not one and away[k, i] > REACH:
        return {}
    t, place = float(found.times[k]), z[k, i].astype(float)
    return {"t": t, "lens": tuple(place.tolist()), "follow": which if one else int(i), "playing": False}
