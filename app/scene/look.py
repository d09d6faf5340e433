"""What to see: one frozen value beside the Experiment."""

from __future__ import annotations

import msgspec

from engine.snapshot import RoundView, Snapshot


class Look(msgspec.Struct, frozen=True):
    """The view. ``round`` -1 follows the newest round; 0 shows the coupling alone; k is the k-th of the trunk, or of
    the ``branch`` that is named."""

    t: float = 0.62
    playing: bool = False
    round: int = -1
    branch: str = ""
    lines: int = 150  # pairs and trajectories drawn
    particles: bool = True
    crossings: bool = True
    paths: bool = True
    ladder: str = "euler_error"  # the figure by steps, power or time that has a chart; "gap_map" for the map of v - v*
    theme: str = "dark"
    text_scale: float = 1.0

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
