"""Rings where lines of the interpolation cross on the page."""

from __future__ import annotations

from app.scene.frame import shown
from app.scene.look import Look
from app.scene.marks import Mark, Points
from engine.snapshot import RoundView, Snapshot

MOST = 500  # rings drawn: thousands are a stain. The caption counts all


def layer(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    view = shown(snapshot, look)
    if view is None or not look.crossings or not len(view.crossings):
        return ()
    return (Points(view.crossings[:: every(view)], "warning", size=5.0, shape="ring", alpha=0.75),)


def every(view: RoundView) -> int:
    """One crossing in how many has a ring."""
    return max(1, -(-len(view.crossings) // MOST))
