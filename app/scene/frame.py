"""Where things lie: on the page, which is space-time in one dimension and the first two coordinates otherwise, and in
space."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from app.scene.known import pairs
from app.scene.look import Look
from app.scene.marks import Bounds, Box, Panel
from app.scene.memo import once
from engine.snapshot import RoundView, Snapshot

CLOUD = 600  # points of each cloud on a stage: more is a blot, and the still picture's cost


def shown(snapshot: Snapshot, look: Look) -> RoundView | None:
    """The round on show; None before there is one."""
    return snapshot.rounds[look.shown(snapshot)] if snapshot.rounds else None


def line(snapshot: Snapshot, look: Look) -> list[tuple[int, RoundView]]:
    """The trunk, or the way to the branch on show and all of it: each view with its depth, 0 the coupling."""
    view, views = shown(snapshot, look), snapshot.rounds
    if view is None:
        return []
    branch = view.name.rpartition(".")[0]
    if not branch:
        return [(v.number, v) for v in views if "." not in v.name]
    mine = [v for v in views if v.name.rpartition(".")[0] == branch]
    way, at = [], mine[0]
    while at.number:
        at = views[at.parent]
        way.insert(0, at)
    return list(enumerate([*way, *mine]))


def many(n: int, look: Look) -> int:
    """How many points stand for a cloud of ``n``: a projector shows fewer, for it draws them larger."""
    return n // 3 if look.theme == "projector" else n


def clouds(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Source and target points (n, d) to show, from the first coupling where no cloud came along."""
    first = pairs(snapshot.rounds[0]) if snapshot.rounds else None
    source, target = snapshot.source, snapshot.target
    if first is not None:
        source = source if len(source) else first.x0
        target = target if len(target) else first.x1
    return source, target


@once
def bounds(snapshot: Snapshot) -> Bounds | None:
    """Bounds of both clouds on the page."""
    found = extent(snapshot, 2, 0.1)
    if found is None:
        return None
    return (*((-0.06, 1.06) if len(found) == 1 else ()), *(edge for pair in found for edge in pair))


@once
def box(snapshot: Snapshot) -> Box | None:
    """The same of the first three coordinates; those that there are not are flat."""
    found = extent(snapshot, 3, 0.04)
    return tuple(edge for pair in [*found, *[(-0.5, 0.5)] * 3][:3] for edge in pair) if found is not None else None


def framed(panel: Panel, snapshot: Snapshot, look: Look) -> Panel:
    """The panel on the page, or in space where there are three coordinates, around both clouds."""
    dim = snapshot.spec.dim
    if dim < 3:
        return replace(panel, bounds=bounds(snapshot), equal=dim > 1)
    return replace(panel, space="space", box=box(snapshot), camera=look.camera)


@once
def extent(snapshot: Snapshot, axes: int, room: float) -> tuple[tuple[float, float], ...] | None:
    """(low, high) of both clouds along the first axes: 0.5 % quantiles, a margin of ``room`` widths, rounded outwards
    so that another seed does not shake it."""
    parts = [cloud[:2000, :axes] for cloud in clouds(snapshot) if len(cloud)]
    points = np.concatenate(parts) if parts and parts[0].shape[1] == parts[-1].shape[1] else np.zeros((0, 1))
    points = points[np.isfinite(points).all(-1)].astype(float)
    if not len(points):
        return None
    low, high = np.quantile(points, [0.005, 0.995], axis=0)
    span = max(float((high - low).max()), 1e-6)
    low, high = low - room * span, high + room * span
    step = 10.0 ** math.floor(math.log10(span)) / 4
    low, high = np.floor(low / step) * step, np.ceil(high / step) * step
    return tuple(zip(low.tolist(), high.tolist(), strict=True))
