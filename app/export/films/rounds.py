"""The rounds of reflow: one after another, or all at once."""

from __future__ import annotations

from typing import Annotated, Literal

from app.export.film import Shot, Take, Turning, seen
from app.scene import captions
from app.scene.frame import line
from app.scene.look import Look, place
from engine.parts import knob
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

EACH = 4.0  # seconds


@part
class Rounds(Turning, frozen=True, tag="rounds"):
    """t runs in each round of the line that is on show: the trunk, or the way to a branch and all of it."""

    title = "Rounds"
    hint = "t runs in each round: every reflow makes the flow straighter."
    rank = 20

    order: Annotated[
        Literal["one after another", "grid"], knob("order", tip="Each has the frame for a while, or all share it.")
    ] = "one after another"
    most: Annotated[int, knob("rounds", 1, 9, tip="The first so many.")] = 4

    @property
    def seconds(self) -> float:
        return 3 * EACH if self.order == "one after another" else EACH + 2.0

    @property
    def worded(self) -> bool:
        return True

    def unfit(self, snapshot: Snapshot, look: Look) -> str:
        return "" if self._rounds(snapshot, look) else "There is no round yet."

    def _rounds(self, snapshot: Snapshot, look: Look) -> list[RoundView]:
        return [view for _, view in line(snapshot, look) if view.number][: self.most]

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        rounds = self._rounds(snapshot, look)
        if self.order == "one after another":
            which = min(len(rounds) - 1, take.k * len(rounds) // take.n)
            first, end = (-(-take.n * i // len(rounds)) for i in (which, which + 1))
            rounds, take = rounds[which : which + 1], Take(take.k - first, end - first, take.rate)
        t = self.share(take)
        looks = tuple(seen(look, snapshot, t=t, **place(view)) for view in rounds)
        names = tuple(captions.name(view) for view in rounds)
        return Shot(looks, names[0]) if len(looks) == 1 else Shot(looks, "", names)
