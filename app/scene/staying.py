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
AHEAD = "The edit is on its way…"


@dataclass(frozen=True, eq=False)
class Stays:
    """``full``: for each panel of each view what it was last made of, and how it was looked at. ``rounds``: the last
    snapshot that had any. ``since``: when the panels on show began to wait; None while they do not."""

    full: Mapping[tuple[str, int], tuple[Snapshot, Look]] = field(default_factory=dict)
    rounds: Snapshot | None = None
    since: float | None = None

    def late(self, now: float) -> bool:
        """Whether the wait has to be told."""
        return self.since is not None and now - self.since >= GRACE

    def told(self, snapshot: Snapshot) -> Snapshot:
        """The newest snapshot that has rounds; this one where there never were any."""
        return self.rounds if not snapshot.rounds and self.rounds is not None else snapshot


def stage(before: Stays, snapshot: Snapshot, look: Look, now: float, behind: bool = False) -> tuple[Stays, tuple]:
    """``compose.stage``, in which panels that wait are those of before, dimmed once the wait is long.

    ``behind``: the snapshot is not one of the experiment that is on the cards.
    """
    panels = compose.stage(snapshot, look)
    full = dict(before.full)
    if all(panel.waits for panel in panels):  # nobody knows yet how many there will be
        panels += panels[-1:] * (sum(kind == look.view for kind, _ in full) - len(panels))
    else:
        full = {at: made for at, made in full.items() if at[0] != look.view or at[1] < len(panels)}
    for k, panel in enumerate(panels):
        if not (panel.waits or panel.empty or behind):
            full[look.view, k] = snapshot, look
    shown = [_before(before, k, panel, look) or panel for k, panel in enumerate(panels)]
    waits = behind or any(old is not panel for old, panel in zip(shown, panels, strict=True))
    since = (now if before.since is None else before.since) if waits else None
    after = Stays(full, before.rounds if behind else before.told(snapshot) if not snapshot.rounds else snapshot, since)
    if after.late(now):
        why = [AHEAD if behind else panel.empty for panel in panels]
        shown = [
            old if old is panel and not behind else _stale(old, words)
            for old, panel, words in zip(shown, panels, why, strict=True)
        ]
    return after, tuple(shown)


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


def _before(before: Stays, k: int, panel: Panel, look: Look) -> Panel | None:
    """The panel that stays in the place of this one, at the t of now; None where it does not wait, where there is none,
    or where the ends of now are drawn and the one of before has others."""
    if not panel.waits or (look.view, k) not in before.full:
        return None
    snapshot, seen = before.full[look.view, k]
    panels = compose.stage(snapshot, msgspec.structs.replace(look, round=seen.round, branch=seen.branch))
    old = panels[k] if k < len(panels) else None
    if old is None or old.waits:  # it was looked at in another way
        return None
    return old if not panel.marks or panel.bounds == old.bounds else None


def _stale(panel: Panel, why: str) -> Panel:
    words = " ".join(why.split())
    made = replace(panel, stale=f"Picture of before. {words}".rstrip())
    return replace(made, key=still(made))
