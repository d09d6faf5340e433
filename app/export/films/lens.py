"""The lens moves: the lines through each place, and their average."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from app.export.film import EaseKnob, Shot, Take, Turning, TurnKnob, seen
from app.scene import captions
from app.scene.frame import shown
from app.scene.known import flow
from app.scene.look import Look
from app.scene.memo import once
from engine.parts import Wrong, knob
from engine.registry import part
from engine.snapshot import Snapshot

BUSY = 0.5  # of t, at which the trajectory is chosen that passes the middle most nearly


@part
class Lens(Turning, frozen=True, tag="lens"):
    """In the averaging view: along a straight way at the t of the look, or on a trajectory, with its t."""

    title = "Moving lens"
    hint = "The lines through a place that moves, and the velocity, which is their average."
    rank = 70

    turn: TurnKnob = "there and back"
    ease: EaseKnob = "smooth"
    begin: Annotated[
        tuple[float, ...], knob("from", tip="Where the way begins, one number for each coordinate; none: a trajectory.")
    ] = ()
    end: Annotated[tuple[float, ...], knob("to", tip="Where it ends.")] = ()
    follow: Annotated[
        int, knob("trajectory", -1, 100_000, tip="Which one, where there is no way; -1: one that passes the middle.")
    ] = -1

    @property
    def seconds(self) -> float:
        return 8.0

    def check(self, dim: int) -> None:
        if len(self.begin) != len(self.end) or (dim and self.begin and len(self.begin) != dim):
            raise Wrong("to", "begin and end need one number for each coordinate, or none at all")

    def unfit(self, snapshot: Snapshot, look: Look) -> str:
        view, dim = shown(snapshot, look), snapshot.spec.dim
        if view is None or not view.number or view.one_step:
            return "A lens needs a round with a flow; pick one."
        if self.begin:
            wrong = len(self.begin) != dim
            return f"Begin and end need {dim} number{'s' * (dim > 1)} each." if wrong else ""
        return "" if flow(view) is not None else captions.no_flow(snapshot, view) or "There is no trajectory yet."

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        share = self.share(take)
        if self.begin:
            way = np.array([self.begin, self.end], float)
            fields = {"lens": tuple(((1 - share) * way[0] + share * way[1]).tolist()), "follow": -1}
        else:
            found = flow(shown(snapshot, look))
            which = (
                self.follow if 0 <= self.follow < found.z.shape[1] else central(snapshot, shown(snapshot, look).number)
            )
            place = found.at(share)[which].astype(float)
            fields = {"t": share, "lens": tuple(place.tolist()), "follow": which}
        return Shot((seen(look, snapshot, view="averaging", **fields),))


@once
def central(snapshot: Snapshot, number: int) -> int:
    """The trajectory of this round that passes the middle of all of them most nearly at t = 1/2."""
    z = flow(snapshot.rounds[number]).at(BUSY).astype(float)
    return int(np.argmin(np.linalg.norm(z - z.mean(0), axis=1)))
