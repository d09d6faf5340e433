"""A Lab that is looked at: every probe of the first views is asked of every round, and answered before a snapshot."""

from __future__ import annotations

from engine import watching
from engine.lab import Lab
from engine.probes.loss_floor import LossFloor
from engine.probes.page_crossings import PageCrossings
from engine.probes.pairs import Pairs
from engine.probes.trajectories import Trajectories
from engine.probes.velocity_gap import VelocityGap
from engine.report import snapshot
from engine.snapshot import Snapshot

LOOKED = ENDS, TRACED, CROSSED, FLOOR, GAP = Pairs(), Trajectories(), PageCrossings(), LossFloor(), VelocityGap()


class LookedLab(Lab):
    def snapshot(self, request: int = 0) -> Snapshot:
        """What is known, the answers included, if nobody stops it."""
        self.ask(LOOKED, ("", *(node.name for node in self.experiment.nodes())))
        while self.asked and not self._stop():
            self._watching.look(5.0, training=False)
        return snapshot(self, request)


watching.OFTEN = 0.0  # tests do not wait for a picture to be old enough
