"""A picture stays until there is a new one: while the engine works towards that, the one of before is shown as such.

A pure step between ``compose`` and the widgets: what was known goes in and comes out beside the panels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from app.scene import compose
from app.scene.look import Look
from app.scene.marks import Panel
from app.scene.same import still
from engine.snapshot import Snapshot

GRACE = 0.3  # seconds of a wait that nobody needs to be told of
NAMED = 8  # headings that are remembered, for each holds a snapshot
AHEAD = "The edit is on its way…"


@dataclass(frozen=True, eq=False)
class Stays:
    """``full``: for each panel of each view what it was last made of, and how it was looked at; ``named``: the same by
    heading, of those that were seen last; ``charts``: of each chart. ``rounds``: the last snapshot that had any.
    ``waits``: when panels on show began to wait, ``bare`` when charts did, ``behind`` when the snapshot fell behind the
    cards; None while they do not."""

    full: Mapping[tuple[str, int], tuple[Snapshot, Look]] = field(default_factory=dict)
    named: Mapping[tuple[str, str], tuple[Snapshot, Look]] = field(default_factory=dict)
    rounds: Snapshot | None = None
    charts: Mapping[str, tuple[Snapshot, Look]] = field(default_factory=dict)
    bare: float | None = None
    waits: float | None = None
    behind: float | None = None

    @property
    def since(self) -> float | None:
        """Since when something has been waited for."""
        return min((at for at in (self.waits, self.behind) if at is not None), default=None)

    def late(self, now: float) -> bool:
        """Whether the wait has to be told."""
        return self.since is not None and now - self.since >= GRACE

    def told(self, snapshot: Snapshot) -> Snapshot:
        """The newest snapshot that has rounds; this one where there never were any."""
        return self.rounds if not snapshot.rounds and self.rounds is not None else snapshot


def stage(
    before: Stays, snapshot: Snapshot, look: Look, now: float, behind: float | None = None
) -> tuple[Stays, tuple]:
    """``compose.stage``, in which panels that wait are those of before, dimmed once the wait is long.

    ``behind``: since when the snapshot has not been one of the experiment that is on the cards; None: it is.
    """
    panels = compose.stage(snapshot, look)
    full, named = dict(before.full), dict(before.named)
    if all(panel.waits for panel in panels):  # nobody knows yet how many there will be
        panels += panels[-1:] * (sum(kind == look.view for kind, _ in full) - len(panels))
    else:
        full = {at: made for at, made in full.items() if at[0] != look.view or at[1] < len(panels)}
    for k, panel in enumerate(panels):
        if not (panel.waits or panel.empty):
            full[look.view, k] = snapshot, look
            at = look.view, _heading(panel)
            named.pop(at, None)
            named[at] = snapshot, look  # the newest comes last
    since = now if before.waits is None else before.waits
    shown = [_before(before, k, panel, look, now - since >= GRACE) or panel for k, panel in enumerate(panels)]
    known = any(kind == look.view for kind, _ in before.full)
    waits = since if known and any(panel.waits for panel in panels) else None
    rounds = before.told(snapshot) if not snapshot.rounds else snapshot
    named = dict(list(named.items())[-NAMED:])
    after = replace(before, full=full, named=named, rounds=rounds, waits=waits, behind=behind)
    if after.late(now):
        stale = behind is not None and now - behind >= GRACE
        shown = [
            _stale(old, AHEAD if stale else panel.empty) if stale or old is not panel else old
            for old, panel in zip(shown, panels, strict=True)
        ]
    return after, tuple(shown)


def charts(before: Stays, snapshot: Snapshot, look: Look, now: float) -> tuple[Stays, tuple[Panel, ...]]:
    """``compose.charts``, in which those that have nothing yet are those of before, dimmed once the wait is long. A
    word over the curve would hide it: it stands in the corner."""
    known, new = dict(before.charts), compose.charts(snapshot, look)
    lacking = any(panel.waits for panel in new)
    since = (now if before.bare is None else before.bare) if lacking else None
    shown = []
    for name, panel in zip(look.charts, new, strict=True):
        if not panel.empty:
            known[name] = snapshot, look
        elif panel.waits and name in known:
            old, seen = known[name]
            rounds = {"charts": (name,), "round": seen.round, "branch": seen.branch}
            (made,) = compose.charts(old, msgspec.structs.replace(look, **rounds))
            panel = replace(made, choices=panel.choices)
            if now - since >= GRACE:
                panel = replace(panel, caption="of before", stale=" ")
                panel = replace(panel, key=still(panel))
        shown.append(panel)
    return replace(before, charts=known, bare=since), tuple(shown)


def thumbnails(stays: Stays, snapshot: Snapshot, look: Look) -> tuple[tuple[Panel, str, str, str], ...]:
    """``compose.thumbnails``; before there are rounds those of before, dimmed."""
    told = stays.told(snapshot)
    cards = compose.thumbnails(told, look)
    return cards if told is snapshot else tuple((_stale(panel, title), title, *rest) for panel, title, *rest in cards)


def clouds(stays: Stays, snapshot: Snapshot) -> tuple[Panel, Panel]:
    """``compose.clouds``; before there are points those of before, dimmed."""
    told = stays.told(snapshot)
    source, target = compose.clouds(told)
    return (source, target) if told is snapshot else (_stale(source, "before"), _stale(target, "before"))


def _before(before: Stays, k: int, panel: Panel, look: Look, late: bool) -> Panel | None:
    """The panel that stays in the place of this one, at the t of now; None where it does not wait, where there is none,
    or where after a long wait the ends of now are drawn and the one of before has others."""
    if not panel.waits:
        return None
    old = _last(before, k, panel, look)
    if old is None:
        return None
    return old if not (late and panel.marks) or panel.bounds == old.bounds else None


def _last(before: Stays, k: int, panel: Panel, look: Look) -> Panel | None:
    """What a panel of this heading showed last, wherever it stood: in another dimension a view may have more panels, or
    fewer. Else what stood in its place."""
    heading, in_place = _heading(panel), None
    for made, at in ((before.full.get((look.view, k)), k), (before.named.get((look.view, heading)), -1)):
        if made is None:
            continue
        snapshot, seen = made
        panels = compose.stage(snapshot, msgspec.structs.replace(look, round=seen.round, branch=seen.branch))
        there = [old for old in panels if not (old.waits or old.empty)]
        if 0 <= at < len(panels) and panels[at] in there:  # else it was looked at in another way
            in_place = panels[at]
            there.insert(0, in_place)
        if found := next((old for old in there if _heading(old) == heading), None):
            return found
    return in_place


def _heading(panel: Panel) -> str:
    """Its title without what moves."""
    return panel.title.partition("   ")[0]


def _stale(panel: Panel, why: str) -> Panel:
    words = " ".join(why.split())
    made = replace(panel, stale=f"Picture of before. {words}".rstrip())
    return replace(made, key=still(made))
