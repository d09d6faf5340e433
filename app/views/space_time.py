"""Space-time: t as one more axis, where lines that cross on the page are seen to pass each other by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.scene import captions
from app.scene.frame import bounds, extent, shown
from app.scene.known import FLOW
from app.scene.look import Look
from app.scene.marks import Lines, Mark, Panel
from app.scene.stack import marks_of, needs_of
from app.scene.view import PLAYING, View
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import Snapshot

ROOM = 0.04  # of the widest side, around both clouds
GRID = 9  # lines each way of the plane at t


@part
class SpaceTime(View, frozen=True, tag="space-time"):
    """On the line the page is space-time already; else the first two coordinates over t, and a plane at t now."""

    title = "Space-time"
    hint = "Lines and trajectories over t: what crosses on the page passes by in space-time."
    rank = 30
    layers = ("interpolation", "flow")
    knobs = ("lines", "particles", "colour", *PLAYING)
    scrub = "morph"

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return needs_of(("interpolation", "flow"), look)

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view = shown(snapshot, look)
        of_flow = captions.flows(snapshot, view) and (view is None or view.answer(FLOW) is None)
        left = Panel(
            captions.interpolation_title(snapshot, view),
            "plane",
            marks_of("interpolation", snapshot, look, page=False) if bounds(snapshot) else (),
            caption=captions.morphing(view, look) if look.morph else _told(snapshot),
            empty="" if view else captions.waiting(snapshot),
            waits=view is None,
        )
        right = Panel(
            captions.flow_title(view),
            "plane",
            marks_of("flow", snapshot, look, page=False) if bounds(snapshot) else (),
            caption=captions.flow(snapshot, view),
            empty=captions.no_flow(snapshot, view),
            waits=of_flow,
        )
        return _framed(left, snapshot, look), _framed(right, snapshot, look)


def _told(snapshot: Snapshot) -> str:
    if snapshot.spec.dim == 1:
        return "(t, x): two lines that cross are at one place at one time"
    first = "" if snapshot.spec.dim == 2 else ", first two coordinates"
    return f"(t, x, y){first}: what crosses on the page may pass by here"


def _framed(panel: Panel, snapshot: Snapshot, look: Look) -> Panel:
    found = extent(snapshot, 2, ROOM)
    if found is None or snapshot.spec.dim == 1:
        return replace(panel, bounds=bounds(snapshot), equal=False)
    (low, high), (bottom, top) = found
    box = (0.0, 1.0, low, high, bottom, top)
    return replace(panel, space="spacetime", box=box, camera=look.camera, marks=(*panel.marks, *_now(box, look.t)))


def _now(box: tuple[float, ...], t: float) -> tuple[Mark, ...]:
    """The plane at t: its rim, and a faint grid that makes a plane of it."""
    _, _, low, high, bottom, top = box
    rim = np.array([[[low, bottom], [high, bottom], [high, top], [low, top], [low, bottom]]], np.float32)
    share = np.linspace(0, 1, GRID + 2)[1:-1]
    x, y = low + share * (high - low), bottom + share * (top - bottom)
    upright = np.stack([np.column_stack([x, np.full(GRID, bottom)]), np.column_stack([x, np.full(GRID, top)])], 1)
    level = np.stack([np.column_stack([np.full(GRID, low), y]), np.column_stack([np.full(GRID, high), y])], 1)
    grid = np.concatenate([upright, level]).astype(np.float32)
    return (
        Lines(grid, "text", width=0.8, alpha=0.16, moving=True, t=t),
        Lines(rim, "text", width=1.4, alpha=0.85, moving=True, t=t),
    )
