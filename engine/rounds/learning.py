"""The training of one round, and the velocity that comes of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from engine.fields.closed import TRUTH
from engine.fields.field import Field
from engine.learning.carried import Carried
from engine.learning.early_stop import CHECK_EVERY, EarlyStop
from engine.learning.history import History
from engine.learning.key_frames import KeyFrames
from engine.learning.mixed import NO_GAIN, used
from engine.learning.net import Net
from engine.learning.trainee import Trainee
from engine.motion.peak import peak
from engine.motion.stopping import Stop, heeding, never
from engine.parts import Problem, reason
from engine.spec import Training

log = logging.getLogger("rewire")

SLICE = 0.03  # seconds of training between two looks at the clock
NO_LOSSES = np.zeros((0, 2))

STEEP = 1e6  # times the mean of |dX|² over time: a peak that no step is small enough for


def remedy(problem: Problem) -> str:
    """What may help where training diverged, in a sentence: not a smaller rate where the path itself is the reason."""
    x0, x1 = problem.x0[:8], problem.x1[:8]

    def speed(t: np.ndarray) -> np.ndarray:
        return (problem.path.at(x0[:, None], x1[:, None], t[:, None])[1] ** 2).sum(-1).mean(0)

    nodes = np.linspace(0.0, 1.0, 1025)
    with np.errstate(all="ignore"):
        at, square = peak(speed, nodes)
        usual = float(np.nanmedian(speed(nodes)))
    if square > STEEP * usual:
        return f"The path's speed |dX| is {np.sqrt(square):.2g} at t = {at:.6g}, and no rate is small enough for that."
    return "Try a smaller learning rate."


@dataclass(frozen=True, eq=False)
class Ended:
    """What is left of a training that has come to its end: pairs, optimiser and graph take memory, and are gone."""

    step: int
    early: str
    failed: bool
    history: History
    done: ClassVar[bool] = True

    @property
    def losses(self) -> np.ndarray:
        return self.history.points


class Learning:
    """``v`` is None until the round is finished; from then on nothing of the outcome changes.

    A velocity that does not learn is finished from the start: it has no ``trainee``. ``training`` are the numbers that
    it is, or was, trained with; ``frames`` what v was on the way. ``broken`` says in a sentence why it cannot go on.
    """

    def __init__(
        self,
        problem: Problem,
        training: Training,
        truth: Field | None,
        v: Field | None = None,
        trainee: Trainee | Ended | None = None,
        frames: KeyFrames | None = None,
    ) -> None:
        self.problem, self.training, self.truth = problem, training, truth
        self.v, self.trainee = v, trainee
        self.warning = self.broken = ""
        self._seen: tuple[object, Field] | None = None  # the velocity at one stage
        self.warm = False  # it went on from the weights of the round in its place before an edit
        self.frames = frames or KeyFrames()
        if isinstance(trainee, Trainee):
            self.frames.grain = max(self.frames.grain, trainee.grain)
        if isinstance(trainee, Trainee) and not trainee.step:
            self.frames.take(0, trainee.field())
        self.unsettled = False  # broken by numbers that it cannot be trained with: others mend it

    @property
    def failed(self) -> bool:
        """Whether nothing can be continued from there: its training diverged, or broke."""
        return bool(self.broken) or (self.trainee is not None and self.trainee.failed)

    @property
    def ended(self) -> bool:
        """Whether no more step is to be made."""
        return bool(self.broken) or self.trainee is None or self.trainee.done

    @property
    def early(self) -> str:
        """Why it was ended before its last step."""
        return self.trainee.early if self.trainee is not None else ""

    @property
    def few(self) -> str:
        """That a batch asks for more pairs than there are, in a sentence. Independent ends make n² pairs of n."""
        n, problem = len(self.problem.x0), self.problem
        if self.trainee is None or n >= self.training.batch or (problem.coupling.independent and problem.round == 1):
            return ""
        return f"Each batch of {self.training.batch:,} sees its {n:,} pairs several times: more pairs would tell more."

    @property
    def unmixed(self) -> str:
        """That it is trained in float32 though less was asked for, in a sentence."""
        net = self.v if self.trainee is None or self.v is not None else self.trainee.net
        asked = self.training.precision
        return NO_GAIN if isinstance(net, Net) and used(asked, net.flat.device.type) != asked else ""

    @property
    def losses(self) -> np.ndarray:
        """(k, 2): step, mean loss since the point before."""
        return self.trainee.losses if self.trainee is not None else NO_LOSSES

    @property
    def stage(self) -> object:
        """Equal as long as ``now`` is the same velocity: at one step, the averaged weights or the raw ones."""
        return "finished" if self.v is not None else (self.trainee.step, self.training.ema == 0.0)

    def now(self) -> tuple[Field | None, str]:
        """The velocity as it is now, and what it is called: the closed form until the first step is made."""
        if self.v is not None:
            return self.v, self.v.name
        if self.trainee.step > 0 or self.warm:
            if self._seen is None or self._seen[0] != self.stage:  # it is asked for at every look, and copies a net
                self._seen = self.stage, self.trainee.field()
            return self._seen[1], "net"
        return self.truth, TRUTH

    def carried(self) -> Carried | None:
        """What the round in this place may go on from after an edit; None while nothing was learned, or it failed."""
        if self.failed:
            return None
        if isinstance(self.v, Net):
            return Carried(self.v, self.v.flat)
        learned = self.v is None and self.trainee is not None and (self.trainee.step > 0 or self.warm)
        return self.trainee.carried() if learned else None

    def adopt(self, training: Training) -> None:
        """Go on with other numbers; where that cannot be, ``broken`` says so until there are some with which it can."""
        if self.broken and not self.unsettled:
            return
        self.training = training
        try:
            self.trainee.adopt(training)
        except Exception as error:  # memory for a batch, say
            log.exception("round %d cannot be trained with these numbers", self.problem.round)
            self.broken, self.unsettled = f"Round {self.problem.round} cannot go on like this ({reason(error)})", True
        else:
            self.broken, self.unsettled = "", False

    def give_up(self, sentence: str) -> None:
        """It broke, and cannot be mended: its memory is for others."""
        self.broken = sentence
        if isinstance(self.trainee, Trainee):
            self.trainee.let_go()

    def advance(self, end: float, stop: Stop) -> None:
        """Train until ``end``, a time of time.monotonic(), for ``SLICE`` seconds at most. Raises Stopped."""
        until = min(end, time.monotonic() + SLICE)
        while not self.trainee.done:
            before = self.trainee.step
            self.trainee.advance(self.trainee.stride)
            if self.trainee.step > before and self.frames.due(self.trainee.step):
                self.frames.take(self.trainee.step, self.trainee.field())
            if self.training.stop_gap and self.trainee.step % CHECK_EVERY == 0 and self.trainee.step > before:
                with heeding(never):  # when it ends must not depend on when somebody asks
                    self._look()
            if time.monotonic() >= until or stop():
                break

    def finish(self) -> None:
        """Freeze the velocity."""
        if self.trainee is None or self.broken:
            return
        last, self.v, self._seen = self.trainee, self.trainee.field(), None
        self.frames.end(last.step, self.v)
        self.trainee = Ended(last.step, last.early, last.failed, last.history)
        if last.failed:
            self.warning = (
                f"Training of round {self.problem.round} diverged at step {last.step:,}; "
                f"its last good weights are kept. {remedy(self.problem)}"
            )

    @cached_property
    def _early_stop(self) -> EarlyStop | None:
        """What tells when training is good enough, where a closed form does."""
        return EarlyStop(self.problem, self.truth) if self.truth is not None else None

    def _look(self) -> None:
        """End the round where its fit gap is small enough."""
        if self._early_stop is None:
            return
        gap = self._early_stop.gap(self.trainee.field())
        if gap.value < self.training.stop_gap:
            told = f"{gap.value:.3g} ± {gap.error or 0.0:.1g} (n = {gap.n:,})"
            self.trainee.finish_early(f"fit gap {told} at step {self.trainee.step:,}")
