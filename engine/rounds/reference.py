"""What stands beside a round's velocity: the closed form, or any other velocity, with its figures."""

from __future__ import annotations

import time
from collections.abc import Iterator

from engine.evidence.figures import Figures
from engine.fields.field import Field
from engine.learning.trainee import Trainee
from engine.motion.stopping import Stop, Stopped
from engine.parts import Velocity, Wrong, reason
from engine.rounds.learning import Learning, remedy
from engine.rounds.measuring import Measuring
from engine.rounds.seeds import seed_of, trainee_of
from engine.spec import Experiment


class Reference:
    """Set up once the round is finished. ``field`` is None while it learns, and where there is nothing to stand
    beside; ``why_none`` says why, where that is not plain."""

    def __init__(self, of: Velocity | None = None, figures: Figures | None = None, samples: int = 0) -> None:
        self.field: Field | None = None
        self.why_none = ""
        self.trainee: Trainee | None = None  # of a reference that learns
        self.of = of  # what was asked for when it was set up
        self.own = Measuring(compared=True, figures=figures, samples=samples)
        self._standing = False
        self._building: Iterator[float] | None = None  # the field, under way

    @property
    def name(self) -> str:
        return self.field.name if self.field is not None else ""

    def stand(self, experiment: Experiment, learning: Learning, device: str, end: float, stop: Stop) -> float | None:
        """Be the reference that the experiment asks for; none where it has no answer here. The share of its field that
        is made by ``end``, a time of time.monotonic(); None once there is no more to make. Raises Stopped."""
        part = experiment.reference
        if part != self.of or not self._standing:
            if part != self.of:
                self.own = Measuring(compared=True)
            self.of, self.field, self.trainee, self.why_none, self._standing = part, None, None, "", True
            # the round's own velocity would stand beside itself
            self._building = None if part == experiment.velocity else self._steps(part, experiment, learning, device)
        share = self._built(end, stop)
        if share is not None:
            return share
        if self.trainee is not None and self.trainee.failed:
            self.why_none = f"its training diverged at step {self.trainee.step:,}. {remedy(learning.problem)}"
            self.trainee = None
        elif self.trainee is not None and self.trainee.done and self.field is None:
            self.field, self.trainee = self.trainee.field(), None
        return None

    def give_up(self, sentence: str) -> None:
        """It broke: nothing stands beside."""
        self.field, self.trainee, self.why_none = None, None, sentence

    @property
    def learns(self) -> bool:
        """Whether it has to be trained first."""
        return self.trainee is not None and not self.trainee.done

    def _built(self, end: float, stop: Stop) -> float | None:
        building, self._building = self._building, None  # after an error there is nothing to go on with
        try:
            for share in building or ():
                if time.monotonic() >= end or stop():
                    self._building = building
                    return share
        except Stopped:
            self._standing = False  # from its beginning
            raise
        except Wrong as wrong:
            self.why_none = wrong.message
        except Exception as error:  # one reference that breaks is no reason to stop
            self.why_none = reason(error)
        return None

    def _steps(self, part: Velocity, experiment: Experiment, learning: Learning, device: str) -> Iterator[float]:
        """Make the field, in slices."""
        if part.true:
            self.field = None if learning.v is learning.truth else learning.truth
            return
        seed = seed_of(experiment, learning.problem.lineage)
        v = None
        for v in part.steps(learning.problem, seed, device):
            if isinstance(v, float):
                yield v
        if part.learns:  # by the numbers of the round it stands beside
            self.trainee = trainee_of(v, learning.problem, learning.training, seed)
        else:
            self.field = v
