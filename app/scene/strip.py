"""The little pictures: one per round, and one per cloud."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.scene import captions
from app.scene.colouring import coloured
from app.scene.frame import bounds
from app.scene.frame import clouds as both
from app.scene.known import flow, pairs
from app.scene.layers.interpolation_lines import lines as pair_lines
from app.scene.layers.trajectories import lines as flow_lines
from app.scene.look import Look
from app.scene.marks import Lines, Panel, Points
from app.scene.memo import once
from app.scene.numbers import number
from app.scene.projection import projected
from app.scene.same import Same, still
from app.scene.selection import stands_out
from engine.snapshot import RoundView, Snapshot

LINES = 60


def thumbnails(snapshot: Snapshot, look: Look) -> tuple[tuple[Panel, str, str, str], ...]:
    """``(picture, title, caption, lead)`` of every round, 0 the coupling alone; ``lead`` on the first of a branch:
    which round it continues, and how."""
    return tuple(
        (_picture(snapshot, view, look.colour, look.selected), *_words(snapshot, view), _tied(snapshot, view))
        for view in snapshot.rounds
    )


def _tied(snapshot: Snapshot, view: RoundView) -> str:
    lead = _lead(snapshot, view)
    return f"{lead[0]} of round {lead[1]}" if lead else ""


def _lead(snapshot: Snapshot, view: RoundView) -> tuple[str, str] | None:
    """Of the first round of a branch: how it continues, and the name of what it continues."""
    if "." not in view.name or not 0 < view.parent < len(snapshot.rounds):
        return None
    before = snapshot.rounds[view.parent].name
    return (view.operation, before) if before.rpartition(".")[0] != view.name.rpartition(".")[0] else None


def progress(snapshot: Snapshot) -> tuple[int, float] | None:
    """The round in work and its share in 0..1; None when none is."""
    view = _at_work(snapshot)
    if view is None or not view.number:
        return None
    if not view.finished:
        return (view.number, min(1.0, snapshot.step / snapshot.steps)) if snapshot.steps and snapshot.step else None
    return (view.number, min(1.0, snapshot.done)) if snapshot.phase in ("training", "pairing", "measuring") else None


def _at_work(snapshot: Snapshot) -> RoundView | None:
    """The round in work; the last one where the snapshot does not tell."""
    rounds = snapshot.rounds
    return rounds[snapshot.working if 0 <= snapshot.working < len(rounds) else -1] if rounds else None


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
        mark = Lines(steps(cloud[:, 0], box), ink) if one else Points(cloud[:500], ink, size=2.0)
        panels.append(projected(Panel(title, "plane", (mark,), box, equal=not one, key=Same(ink, cloud, box))))
    return panels[0], panels[1]


@once
def _picture(snapshot: Snapshot, view: RoundView, colour: str, selected: tuple[int, ...] = ()) -> Panel:
    box, found, ends, tint = bounds(snapshot), flow(view), pairs(view), coloured(snapshot, view, colour)
    if view.number == 0 and ends is not None:
        times, xt = pair_lines(view.path, ends, LINES)
        mark = Lines(xt, "pair", alpha=0.6, t=times, who=np.arange(len(xt)), **tint.first(len(xt)))
    elif found is not None:
        z = flow_lines(found, LINES)
        mark = Lines(z, f"round_{view.number}", alpha=0.75, t=found.times, who=np.arange(len(z)), **tint.first(len(z)))
    else:
        return Panel("", "plane", empty="…", key=Same("waiting"))
    made = stands_out(projected(Panel("", "plane", (mark,), box, equal=snapshot.spec.dim > 1)), selected)
    return replace(made, key=still(made))


def _words(snapshot: Snapshot, view: RoundView) -> tuple[str, str]:
    if view.number == 0:
        cost = view.figures.single.get("pair_cost")
        return "coupling", f"E|X1−X0|² {number(cost.value)}" if cost else ""
    if view.warning:
        return "diverged", ""
    S = view.figures.single.get("straightness")
    at_work = view is _at_work(snapshot)
    title = captions.name(view)
    if not view.finished:
        return captions.work(snapshot) if at_work else "waiting", title if "." in view.name else ""
    if lead := _lead(snapshot, view):
        title = f"{title} ← {lead[1]}"
    waiting = f"{snapshot.phase}…" if at_work and snapshot.phase in ("pairing", "measuring") else ""
    return title, f"S {number(S.value)}" if S else waiting


def steps(values: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Outline of a histogram over the box, highest bar 1: one polyline (1, m, 2)."""
    height, edges = np.histogram(values[np.isfinite(values)], bins=48, range=box[:2])
    height = height / max(1, height.max())
    xs = np.repeat(edges, 2)
    ys = np.concatenate([[0.0], np.repeat(height, 2), [0.0]])
    return np.stack([xs, ys], -1)[None].astype(np.float32)
