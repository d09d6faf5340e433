"""What to see: one frozen value beside the Experiment."""

from __future__ import annotations

from typing import Literal

import msgspec

from app.scene.camera import HOME, Camera
from engine.snapshot import RoundView, Snapshot

Colour = Literal["start", "partner", "class", "speed", "plain"]
CHARTS = ("loss", "straightness", "euler_error", "ledger")


class Look(msgspec.Struct, frozen=True):
    """The view. ``round`` -1 follows the newest round; 0 shows the coupling alone; k is the k-th of the trunk, or of
    the ``branch`` that is named."""

    t: float = 0.62
    playing: bool = False
    round: int = -1
    branch: str = ""
    view: str = "crossings"  # the kind of the view on the stage
    lines: int = 150  # pairs and trajectories drawn
    colour: Colour = "start"  # what the colour of a particle, and of its line, tells
    camera: Camera = HOME  # of all panels in space
    lens: tuple[float, ...] = ()  # the place that is looked at, one number for each coordinate; none: one that is found
    selected: tuple[int, ...] = ()  # particles, by the number of their pair, rising
    alone: int = -1  # the panel that has the whole stage; -1: all stand side by side
    hidden: frozenset[str] = frozenset()  # kinds of layers that are not drawn
    charts: tuple[str, ...] = CHARTS  # by name, from top to bottom
    theme: str = "dark"
    text_scale: float = 1.0

    @property
    def still(self) -> Look:
        """The same at rest: equal as long as nothing changes but t, the camera's place and the lens, all of which a
        hand moves at every beat."""
        camera = HOME.flying() if self.camera.flies else HOME
        return msgspec.structs.replace(self, t=0.0, playing=False, camera=camera, lens=())

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
