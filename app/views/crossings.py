"""Interpolation beside flow: where lines cross, and trajectories do not."""

from __future__ import annotations

from app.scene import captions
from app.scene.frame import bounds, framed, shown
from app.scene.known import FLOW
from app.scene.look import Look
from app.scene.marks import Panel
from app.scene.stack import marks_of, needs_of
from app.scene.view import PLAYING, View
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import Snapshot


@part
class Crossings(View, frozen=True, tag="crossings"):
    """The straight lines of the round's pairs, and the flow from the same starts; one view, one set of particles."""

    title = "Crossings"
    hint = "Straight lines cross; trajectories of the flow from the same starts are rewired and never meet."
    rank = 10
    layers = ("interpolation", "flow")
    knobs = ("lines", "particles", "colour", *PLAYING)
    scrub = "morph"

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return needs_of(("interpolation", "flow"), look)

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view = shown(snapshot, look)
        told = captions.morphing(view, look) if look.morph else captions.interpolation(snapshot, view)
        left = captions.interpolation_title(snapshot, view), told
        lacking = captions.flows(snapshot, view) and (view is None or view.answer(FLOW) is None)
        right = captions.flow_title(view), captions.flow(snapshot, view)
        return (
            _panel("interpolation", snapshot, look, *left, "" if view else captions.waiting(snapshot), view is None),
            _panel("flow", snapshot, look, *right, captions.no_flow(snapshot, view), lacking),
        )


def _panel(name: str, snapshot: Snapshot, look: Look, title: str, caption: str, empty: str, waits: bool) -> Panel:
    marks = marks_of(name, snapshot, look, page=snapshot.spec.dim < 3) if bounds(snapshot) else ()
    return framed(Panel(title, "plane", marks, caption=caption, empty=empty, waits=waits), snapshot, look)
