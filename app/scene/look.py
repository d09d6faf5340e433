"""What to see: one frozen value beside the Experiment."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from app.scene.camera import HOME, Camera
from engine.parts import Part, knob
from engine.snapshot import RoundView, Snapshot

AfterEdit = Literal["go on", "start anew", "wait"]
Colour = Literal["start", "partner", "class", "speed", "plain"]
#: What an edit does that starts the rounds anew.
AFTER_EDIT: dict[AfterEdit, str] = {
    "go on": "training goes on from the weights that there are, with the new pairs",
    "start anew": "training starts again from random weights, as a run from the file does",
    "wait": "training waits for Train",
}
Turn = Literal["loop", "there and back", "once"]
MOST = 5000  # particles
CHARTS = ("loss", "straightness", "euler_error", "ledger")


class Look(msgspec.Struct, frozen=True):
    """The view. ``round`` -1 follows the newest round; 0 shows the coupling alone; k is the k-th of the trunk, or of
    the ``branch`` that is named. Annotated fields are knobs that views name (``View.knobs``, ``View.scrub``)."""

    t: float = 0.62
    playing: bool = False
    round: int = -1
    branch: str = ""
    view: str = "crossings"  # the kind of the view on the stage
    lines: Annotated[int, knob("lines", 1, 1000, log=True, tip="How many pairs and trajectories are drawn.")] = 150
    particles: Annotated[int, knob("particles", 1, MOST, log=True, tip="How many particles move with t.")] = 400
    colour: Annotated[Colour, knob("colour by", tip="What the colour of a particle, and of its line, tells.")] = "start"
    speed: Annotated[float, knob("speed", 0.1, 4.0, log=True, unit="×", tip="1 takes t to its end in 4 seconds.")] = 1.0
    turn: Annotated[Turn, knob("at the end", tip="What playing does at t = 1.")] = "loop"
    morph: Annotated[float, knob("morph", 0.0, 1.0, tip="Lines become trajectories, (1−s) X_t + s Z_t.")] = 0.0
    compared: tuple[str, ...] = ()  # names of the rounds beside each other, two to four; none: those that tell most
    wiping: bool = False  # two of them in one panel, parted at ``wipe``
    wipe: Annotated[float, knob("wipe", 0.0, 1.0, tip="Left of it one round, right another.")] = 0.5
    frame: Annotated[
        float, knob("frame", 0.0, 1.0, tip="From the first key frame of the training, 0, to the last.")
    ] = 1.0
    scrubbing: bool = False  # the view's own slider plays
    camera: Camera = HOME  # of all panels in space
    lens: tuple[float, ...] = ()  # the place that is looked at, one number for each coordinate; none: one that is found
    follow: int = -1  # the particle of the flow that the lens rides on; -1: none
    turned: tuple[Part, ...] = ()  # views with other knobs than they come with
    after_edit: Annotated[
        AfterEdit,
        knob(
            "after an edit",
            tip="An edit that starts the rounds anew. " + "; ".join(f"{w}: {told}" for w, told in AFTER_EDIT.items()),
        ),
    ] = "go on"
    selected: tuple[int, ...] = ()  # particles, by the number of their pair, rising
    alone: int = -1  # the panel that has the whole stage; -1: all stand side by side
    hidden: frozenset[str] = frozenset()  # kinds of layers that are not drawn
    charts: tuple[str, ...] = CHARTS  # by name, from top to bottom
    theme: str = "dark"
    text_scale: float = 1.0

    @property
    def still(self) -> Look:
        """The same at rest: equal as long as nothing changes but t, the camera's place, the lens and the knobs of
        views, all of which a hand moves at every beat."""
        camera = HOME.flying() if self.camera.flies else HOME
        return msgspec.structs.replace(self, t=0.0, playing=False, camera=camera, lens=(), follow=-1, turned=())

    def knobs_of(self, view: Part) -> dict[str, object]:
        """The fields of a Look in which this view has these knobs."""
        return {"turned": (*(other for other in self.turned if other.kind != view.kind), view)}

    def resized(self, dim: int) -> dict[str, object]:
        """The fields of a Look without what has no place in this dimension."""
        lens = self.lens if len(self.lens) == dim else ()
        return {"lens": lens, "follow": -1, "turned": tuple(view.resized(dim) for view in self.turned)}

    @property
    def calm(self) -> Look:
        """Equal as long as nothing moves but what the stage alone shows: the views' own sliders among it."""
        return msgspec.structs.replace(self.still, morph=0.0, wipe=0.5, frame=1.0)

    def names(self) -> tuple[str, ...]:
        """The names of the rounds on show; none where it follows the newest."""
        if self.round < 0:
            return ()
        return (f"{self.branch}.{self.round}" if self.branch else str(self.round) if self.round else "",)

    def shown(self, snapshot: Snapshot) -> int:
        """The number of the view on show: the place in the snapshot's rounds; 0 when there is none."""
        rounds = snapshot.rounds
        if self.branch:
            name = f"{self.branch}.{self.round}"
            for view in rounds:
                if view.name == name:
                    return view.number
        last = sum("." not in view.name for view in rounds) - 1  # of the trunk, which comes first
        if self.round < 0 or self.branch:
            return max(0, snapshot.newest if 0 <= snapshot.newest < len(rounds) else len(rounds) - 1)
        return max(0, min(self.round, last))


def place(view: RoundView) -> dict[str, int | str]:
    """The fields of a Look that shows this view."""
    branch, _, k = view.name.rpartition(".")
    return {"branch": branch, "round": int(k) if branch else view.number}
