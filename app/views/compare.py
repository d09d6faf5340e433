"""Rounds and branches beside each other: the same view, the same t, the same particles."""

from __future__ import annotations

import msgspec

from app.scene import captions
from app.scene.frame import bounds, framed, shown
from app.scene.known import FLOW
from app.scene.look import Look, place
from app.scene.marks import Panel
from app.scene.numbers import figure
from app.scene.stack import marks_of, needs_of
from app.scene.view import View
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

MOST = 4  # panels: more would be stamps


@part
class Compare(View, frozen=True, tag="compare"):
    """The flows of up to four rounds from the same starts: the first one, that on show, and the newest."""

    title = "Compare"
    hint = "The same starts through up to four rounds: what reflow has straightened."
    rank = 70

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return needs_of(("flow",), look)

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        beside = compared(snapshot, look)
        if not beside:
            return (Panel("Rounds", "plane", empty=captions.waiting(snapshot), waits=True),)
        return tuple(_panel(snapshot, look, view) for view in beside)


def compared(snapshot: Snapshot, look: Look) -> tuple[RoundView, ...]:
    """Rounds that have a flow, or will have one, in their order: the first, the one on show, then the newest."""
    flows = [view for view in snapshot.rounds if captions.flows(snapshot, view)]
    wanted = [view for view in (*flows[:1], shown(snapshot, look), *flows[::-1]) if view in flows]
    few = list(dict.fromkeys(wanted))[:MOST]
    return tuple(sorted(few, key=lambda view: view.number))


def _panel(snapshot: Snapshot, look: Look, view: RoundView) -> Panel:
    own = msgspec.structs.replace(look, **place(view))
    marks = marks_of("flow", snapshot, own, page=snapshot.spec.dim < 3) if bounds(snapshot) else ()
    S = view.figures.single.get("straightness")
    name = captions.name(view)
    title = name[:1].upper() + name[1:]
    told = f"S = {figure(S)}" if S else captions.flow(snapshot, view).partition("\n")[0]
    waits = view.answer(FLOW) is None
    empty = captions.no_flow(snapshot, view)
    return framed(Panel(title, "plane", marks, caption=told, empty=empty, waits=waits), snapshot, look)
