"""The N ladder: few Euler steps, then more."""

from __future__ import annotations

from typing import Annotated

from app.export.film import EaseKnob, Film, Shot, Take, seen
from app.scene.look import Look
from app.scene.numbers import count
from app.views.steps import ASKED, Steps
from engine.parts import Wrong, knob
from engine.registry import part
from engine.snapshot import Snapshot

WALKED = 0.7  # share of a rung's time in which its steps are taken; then the end can be looked at


@part
class Ladder(Film, frozen=True, tag="ladder"):
    """Each rung takes its N Euler steps over the accurate trajectories; the error falls along the chart."""

    title = "N ladder"
    hint = "N Euler steps are taken, then twice as many: how many a flow needs, and where few of them end."
    rank = 30

    rungs: Annotated[tuple[int, ...], knob("N", 1, 256, tip="How many Euler steps, one rung after another.")] = (
        1,
        2,
        4,
        8,
        16,
    )
    ease: EaseKnob = "even"

    @property
    def seconds(self) -> float:
        return 2.0 * len(self.rungs)

    @property
    def worded(self) -> bool:
        return True

    def check(self, dim: int) -> None:
        if not self.rungs:
            raise Wrong("rungs", "there are none; give at least one N")
        for n in self.rungs:
            if n not in ASKED.steps:
                raise Wrong("rungs", f"N = {n} is not among {', '.join(map(str, ASKED.steps))}")

    def unfit(self, snapshot: Snapshot, look: Look) -> str:
        view = snapshot.rounds[look.shown(snapshot)] if snapshot.rounds else None
        if view is None or not view.number:
            return "The coupling alone has no flow to take steps in."
        return "A distilled round is one step already." if view.one_step else ""

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        rungs = len(self.rungs)
        which = min(rungs - 1, take.k * rungs // take.n)
        first, end = (-(-take.n * i // rungs) for i in (which, which + 1))
        taken = min(1.0, (take.k - first) / max(1.0, WALKED * (end - first - 1)))
        if self.ease == "smooth":
            taken = taken * taken * (3 - 2 * taken)
        n = self.rungs[which]
        steps = look.knobs_of(Steps(ladder=(n,), taken=taken))
        return Shot((seen(look, snapshot, view="steps", t=taken, **steps),), f"{count(n)} Euler step{'s' * (n > 1)}")
