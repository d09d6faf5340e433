"""The little pictures: one per round, and one per cloud."""

from __future__ import annotations

import numpy as np

from app.scene import captions
from app.scene.figures import number
from app.scene.frame import bounds, page
from app.scene.frame import clouds as both
from app.scene.layers.pairs import lines as pair_lines
from app.scene.layers.trajectories import lines as flow_lines
from app.scene.look import Look
from app.scene.marks import Lines, Panel, Points
from app.scene.same import Same
from engine.snapshot import RoundView, Snapshot

LINES = 60


def thumbnails(snapshot: Snapshot, look: Look) -> tuple[tuple[Panel, str, str], ...]:
    """``(picture, title, caption)`` of every round; index k is round k, 0 the coupling alone."""
    return tuple((_picture(snapshot, view), *_words(snapshot, view)) for view in snapshot.rounds)


def progress(snapshot: Snapshot) -> tuple[int, float] | None:
    """The round in work and its share in 0..1; None when none is."""
    last = snapshot.rounds[-1] if snapshot.rounds else None
    if last is None or not last.number:
        return None
    if not last.finished:
        return (last.number, min(1.0, snapshot.step / snapshot.steps)) if snapshot.steps and snapshot.step else None
    return (last.number, min(1.0, snapshot.done)) if snapshot.phase in ("pairing", "measuring") else None


def clouds(snapshot: Snapshot) -> tuple[Panel, Panel]:
    """Source and target in one frame; in 1-D their histograms."""
    box, one = bounds(snapshot), snapshot.spec.dim == 1
    if one and box:
        box = (box[2], box[3], 0.0, 1.08)
    panels = []
    for title, ink, cloud in zip(("Source", "Target"), ("source", "target"), both(snapshot), strict=True):
        if box is None or not len(cloud):
            panels.append(Panel(title, "plane", empty="no points yet"))
            continue
        mark = Lines(_steps(cloud[:, 0], box), ink) if one else Points(page(cloud[:500], 0.0), ink, size=2.0)
        panels.append(Panel(title, "plane", (mark,), box, equal=not one, key=Same(ink, cloud, box)))
    return panels[0], panels[1]


def _picture(snapshot: Snapshot, view: RoundView) -> Panel:
    box = bounds(snapshot)
    if view.number == 0 and len(view.x0):
        drawn, ink, alpha = pair_lines(snapshot, view, LINES), "pair", 0.6
    elif view.learned:
        drawn, ink, alpha = flow_lines(view, LINES), f"round_{view.number}", 0.75
    else:
        return Panel("", "plane", empty="…", key=Same("waiting"))
    key = Same(view.number, box, drawn)
    return Panel("", "plane", (Lines(drawn, ink, alpha=alpha),), box, equal=snapshot.spec.dim > 1, key=key)


def _words(snapshot: Snapshot, view: RoundView) -> tuple[str, str]:
    if view.number == 0:
        cost = view.metrics.get("pair_cost")
        return "coupling", f"E|X1−X0|² {number(cost.value)}" if cost else ""
    if view.warning:
        return "diverged", ""
    S = view.metrics.get("straightness")
    if not view.finished:
        return captions.work(snapshot), ""
    last = view.number == snapshot.rounds[-1].number
    waiting = f"{snapshot.phase}…" if last and snapshot.phase in ("pairing", "measuring") else ""
    return f"{view.number}-rectified", f"S {number(S.value)}" if S else waiting


def _steps(values: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Outline of a histogram over the box, highest bar 1: one polyline (1, m, 2)."""
    height, edges = np.histogram(values[np.isfinite(values)], bins=48, range=box[:2])
    height = height / max(1, height.max())
    xs = np.repeat(edges, 2)
    ys = np.concatenate([[0.0], np.repeat(height, 2), [0.0]])
    return np.stack([xs, ys], -1)[None].astype(np.float32)
