"""Rounds and branches beside each other: the same view, the same t, the same particles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from app.scene import captions
from app.scene.frame import bounds, framed, shown
from app.scene.known import FLOW, flow
from app.scene.look import Look, place
from app.scene.marks import Panel
from app.scene.numbers import count, figure
from app.scene.stack import marks_of, needs_of
from app.scene.view import PLAYING, Switch, View
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

COUNTED = "lines", "particles"
LEAST, MOST = 2, 4  # panels: more would be stamps


@part
class Compare(View, frozen=True, tag="compare"):
    """The flows of two to four rounds from the same starts, beside each other; or two of them in one panel, parted by
    a line that is dragged."""

    title = "Compare"
    hint = "The same starts through up to four rounds: what reflow has straightened."
    rank = 70
    measured = True
    layers = ("flow",)
    knobs = ("lines", "particles", "colour", *PLAYING)

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return needs_of(("flow",), look)

    def others(self, snapshot: Snapshot, look: Look) -> tuple[str, ...]:
        """Those beside it, where more is drawn than is asked of every round anyway."""
        few = max(look.lines, look.particles) <= FLOW.count
        return () if few else tuple(view.name for view in compared(snapshot, look))

    def slider(self, look: Look, dim: int) -> str:
        return "wipe" if look.wiping else ""

    def pointing(self, look: Look) -> bool:
        return look.wiping

    def pointed(self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float]) -> dict[str, Any]:
        low, high = (bounds(snapshot) or (0.0, 1.0))[:2]
        return {"wipe": min(1.0, max(0.0, (at[0] - low) / (high - low))), "scrubbing": False}

    def switches(self, snapshot: Snapshot, look: Look) -> tuple[Switch, ...]:
        """The rounds and branches to choose from, and whether two of them share a panel."""
        flows, beside = _flows(snapshot), compared(snapshot, look)
        rounds = [
            Switch(_title(view), view in beside, _turned(flows, beside, view), "", "Rounds, two to four")
            for view in flows
            if len(flows) > 1
        ]
        hint = "The first and the last of them in one panel, parted by a line that is dragged."
        wipe = Switch("wipe between two", look.wiping, {"wiping": not look.wiping}, hint, "Side by side")
        return (*rounds, *((wipe,) if len(flows) > 1 else ()), *super().switches(snapshot, look))

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        beside = compared(snapshot, look)
        if not beside:
            return (Panel("Rounds", "plane", empty=captions.waiting(snapshot), waits=True),)
        few = _few(look, beside)
        made = tuple(_panel(snapshot, few, view, _counted(look, few)) for view in beside)
        if not look.wiping or len(made) < LEAST:
            return made
        return (_wiped(made[0], made[-1], look.wipe),)


def _flows(snapshot: Snapshot) -> list[RoundView]:
    """Rounds that have a flow, or will have one."""
    return [view for view in snapshot.rounds if captions.flows(snapshot, view)]


def compared(snapshot: Snapshot, look: Look) -> tuple[RoundView, ...]:
    """Those that were chosen; else the first, the one on show, then the newest. In their order."""
    flows = _flows(snapshot)
    chosen = [view for view in flows if view.name in look.compared]
    if len(chosen) < LEAST:  # of another tree, perhaps
        chosen = [view for view in (*flows[:1], shown(snapshot, look), *flows[::-1]) if view in flows]
    return tuple(sorted(list(dict.fromkeys(chosen))[:MOST], key=lambda view: view.number))


def _few(look: Look, beside: tuple[RoundView, ...]) -> Look:
    """With no more particles than are known of each of these: the same ones everywhere."""
    least = min((found.z.shape[1] for view in beside if (found := flow(view)) is not None), default=FLOW.count)
    return msgspec.structs.replace(look, **{name: min(getattr(look, name), least) for name in COUNTED})


def _counted(asked: Look, drawn: Look) -> str:
    """What is said of fewer than were asked for."""
    n = {name: (getattr(drawn, name), getattr(asked, name)) for name in COUNTED}
    return ", ".join(
        f"{count(few)} of {count(many)} {name}" for name, (few, many) in n.items() if few < many > FLOW.count
    )


def _turned(flows: list[RoundView], beside: tuple[RoundView, ...], view: RoundView) -> dict[str, Any]:
    """With this round, or without it; nothing where that would be too many or too few."""
    names = {one.name for one in beside} ^ {view.name}
    if not LEAST <= len(names) <= MOST:
        return {}
    return {"compared": tuple(one.name for one in flows if one.name in names)}


def _title(view: RoundView) -> str:
    name = captions.name(view)
    return name[:1].upper() + name[1:]


def _wiped(left: Panel, right: Panel, at: float) -> Panel:
    """Both in one: the left part of the picture is the first's."""
    title = f"{left.title} | {right.title}"
    caption = f"left: {left.caption}\nright: {right.caption}"
    empty = left.empty or right.empty
    return replace(
        left,
        title=title,
        caption=caption,
        other=right.marks,
        divide=at,
        empty=empty,
        waits=left.waits or right.waits,
    )


def _panel(snapshot: Snapshot, look: Look, view: RoundView, few: str) -> Panel:
    own = msgspec.structs.replace(look, **place(view))
    marks = marks_of("flow", snapshot, own, page=snapshot.spec.dim < 3) if bounds(snapshot) else ()
    S = view.figures.single.get("straightness")
    title = _title(view)
    told = f"S = {figure(S)}" if S else captions.flow(snapshot, view).partition("\n")[0]
    told = " · ".join(filter(None, (told, few)))
    waits = view.answer(FLOW) is None
    empty = captions.no_flow(snapshot, view)
    return framed(Panel(title, "plane", marks, caption=told, empty=empty, waits=waits), snapshot, look)
