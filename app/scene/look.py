"""What to see: one frozen value beside the Experiment."""

from __future__ import annotations

import msgspec


class Look(msgspec.Struct, frozen=True):
    """The view. ``round`` -1 follows the newest round; 0 shows the coupling alone."""

    t: float = 0.62
    playing: bool = False
    round: int = -1
    lines: int = 150  # pairs and trajectories drawn
    particles: bool = True
    crossings: bool = True
    paths: bool = True
    ladder: str = "euler_error"  # the figure by steps, power or time that has a chart; "gap_map" for the map of v - v*
    theme: str = "dark"
    text_scale: float = 1.0

    def shown(self, rounds: int) -> int:
        """The number of the round on show when rounds 0 .. ``rounds - 1`` exist."""
        return max(0, rounds - 1) if self.round < 0 else max(0, min(self.round, rounds - 1))
