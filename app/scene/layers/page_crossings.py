"""Rings where lines of the interpolation cross on the page: on the line these are true meetings, elsewhere almost none
is."""

from __future__ import annotations

from app.scene.frame import shown
from app.scene.known import CROSSINGS, crossed
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Mark, Points
from engine.probe import Probe
from engine.probes.page_crossings import Crossed
from engine.probes.page_crossings import PageCrossings as Asked
from engine.registry import part
from engine.snapshot import Snapshot

MOST = 500  # rings drawn: thousands are a stain. The caption counts all


@part
class PageCrossings(Layer, frozen=True, tag="page crossings"):
    """One ring for each two lines."""

    title, rank = "page crossings", 50
    about = "Where lines cross on the page. On the line they meet there; elsewhere they pass at different times."
    panels = ("interpolation",)
    of_page = True

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return tuple(dict.fromkeys((CROSSINGS, Asked(max(2, look.lines)))))

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        found = crossed(shown(snapshot, look))
        if found is None or not len(found.at) or look.morph:  # the lines are lines no more
            return ()
        if snapshot.spec.dim == 1:
            return (Points(found.at[:: every(found)], "warning", size=5.0, shape="ring", alpha=0.75),)
        return (Points(found.at[:: every(found)], "muted", size=5.0, shape="ring", alpha=0.6),)


def every(found: Crossed) -> int:
    """One crossing in how many has a ring."""
    return max(1, -(-len(found.at) // MOST))
