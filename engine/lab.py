"""The Lab makes what is asked: a reconciler without a thread of its own.

``adopt`` says what is wanted, ``advance`` does a bounded slice of the work that is still missing, ``snapshot`` says
what is known. What to do next follows from the state alone, so a slice may end, or be stopped, anywhere.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from engine import device as devices
from engine.evidence import MATCHED, Evidence
from engine.flow import Stop, Stopped, never, transport
from engine.parts import Field, Wrong
from engine.picture import cloud, coupling, pairing
from engine.registry import kinds
from engine.round import Round, begin
from engine.snapshot import RoundView, Snapshot
from engine.spec import Experiment, identity

SHELF = 4  # runs that an undo can bring back at once
SLICE = 0.03  # seconds of training between two looks at the clock


@dataclass(eq=False)
class Run:
    """The rounds of one identity (everything that restarts training), finished ones and the one in work."""

    rounds: list[Round] = field(default_factory=list)
    x0: np.ndarray | None = None
    x1: np.ndarray | None = None
    pairing: Iterator[float | tuple[np.ndarray, np.ndarray]] | None = None  # while the pairs are being drawn
    coupling: RoundView | None = None
    error: str = ""


class Lab:
    """One Experiment at a time; earlier ones wait on a small shelf, so that undo costs nothing.

    ``last_pairs``: simulate the pairs of the last round too, which no further round needs. ``matched``: most points
    of an exact assignment. ``stop``: asked at every step; True ends the slice (``Stopped`` never leaves ``advance``).
    """

    def __init__(
        self, device: str = "auto", matched: int = MATCHED, stop: Stop = never, last_pairs: bool = False
    ) -> None:
        self.device = devices.choose(device)
        devices.settle(self.device)
        self._matched, self._stop, self._last_pairs = matched, stop, last_pairs
        self._shelf: OrderedDict[object, Run] = OrderedDict()
        self._run = Run()
        self._key: object = None
        self._attempt = 0
        self._clock: list[tuple[float, int]] = []
        self.experiment: Experiment | None = None
        self.phase = "starting"
        self.done = 0.0  # share of the present stage, where it is known
        self.doing = ""

    # what is wanted

    def adopt(self, experiment: Experiment, attempt: int = 0) -> None:
        """Make this the Experiment; keep whatever still holds. A new ``attempt`` starts its rounds anew."""
        key = identity(experiment)
        if key != self._key or attempt != self._attempt:
            old = self._shelf.pop(key, None)
            self._run = old if old is not None and attempt == self._attempt else Run()
            self._shelf[key] = self._run
            while len(self._shelf) > SHELF:
                self._shelf.popitem(last=False)
            self._key, self._attempt = key, attempt
            self._clock.clear()
        if experiment != self.experiment:
            self._run.error = ""  # if it still holds, it will be found again
        self.experiment = experiment
        self.phase, self.doing, self.done = "starting", "", 0.0  # what was true of another one
        rounds = self._run.rounds
        failed = next((k for k, held in enumerate(rounds) if held.trainee is not None and held.trainee.failed), None)
        if failed is not None and rounds[failed].training != experiment.training:
            del rounds[failed:]  # other numbers are what it waits for
        for k, held in enumerate(rounds):
            if held.v is None and held.trainee is not None:
                held.trainee.adopt(experiment.training)
                held.training = experiment.training
            elif k >= experiment.rounds and held.training != experiment.training:
                del rounds[k:]  # a hidden round of other numbers must not come back
                break

    # what is done

    def advance(self, seconds: float = 0.05, train: bool = True) -> bool:
        """Work for about ``seconds``; without ``train`` no training step is made. True while work remains."""
        end = time.monotonic() + seconds
        try:
            while not self._stop():
                self.phase = self._slice(train, end)
                if self.phase in ("paused", "done", "stopped"):
                    return False
                if time.monotonic() >= end:
                    break
        except Stopped:
            pass
        except Wrong as wrong:
            self._run.error, self.phase = str(wrong), "stopped"
            return False
        return True

    def _slice(self, train: bool, end: float) -> str:
        """The next piece of work that is missing; the phase that it belongs to."""
        run, wanted = self._run, self.experiment
        if run.error:
            return "stopped"
        if run.x0 is None:
            self._sample(run, wanted, end)
            return "sampling"
        for held in run.rounds[: wanted.rounds]:
            if held.v is None:
                if held.trainee.done:
                    held.finish()
                    return "measuring"
                if not train:
                    return "paused"
                self._train(held, end)
                return "training"
            if self._measure(held):
                return "measuring"
            if held.trainee is not None and held.trainee.failed:
                return "stopped"
        growing = len(run.rounds) < wanted.rounds
        ahead = run.rounds[: wanted.rounds][-1:]
        if ahead and ahead[0].z1 is None and (growing or self._last_pairs):
            if not train:
                return "paused"
            self._pair(ahead[0], end)
            return "pairing"
        if growing:
            x1 = run.rounds[-1].z1 if run.rounds else run.x1
            run.rounds.append(begin(wanted, len(run.rounds) + 1, run.x0, x1, self.device))
            self._clock.clear()
            return "sampling"
        # last of all: figures of the closed form hold nobody up
        return "measuring" if any(self._measure_truth(held) for held in run.rounds[: wanted.rounds]) else "done"

    def _sample(self, run: Run, wanted: Experiment, end: float) -> None:
        slices, run.pairing = run.pairing or pairing(wanted), None
        for result in slices:
            if isinstance(result, tuple):
                run.x0, run.x1 = result
                run.coupling = coupling(run.x0, run.x1, wanted.path)
                return
            self.done = result
            if time.monotonic() >= end or self._stop():
                run.pairing = slices  # to go on with; after an error there is nothing to go on with
                return

    def fail(self, message: str) -> None:
        """Give this experiment up, saying why; another one can still be adopted."""
        self._run.error, self.phase = message, "stopped"

    def _train(self, held: Round, end: float) -> None:
        until = min(end, time.monotonic() + SLICE)
        while not held.trainee.done:
            held.trainee.advance(1)
            if time.monotonic() >= until or self._stop():
                break
        self._clock = [*self._clock[-40:], (time.monotonic(), held.trainee.step)]
        self.done = held.trainee.step / held.training.steps

    def _pair(self, held: Round, end: float) -> None:
        held.pairs_ahead = held.pairs_ahead or transport(held.v, held.problem.x0)
        for result in held.pairs_ahead:
            if isinstance(result, np.ndarray):
                held.z1, held.pairs_ahead = result, None
                return
            self.done = result
            if time.monotonic() >= end or self._stop():
                return

    def _measure(self, held: Round) -> bool:
        """Compute one missing figure; False when none is missing."""
        wanted = self.experiment.measure
        if held.samples != wanted.samples:
            held.samples, held.measured, held.evidence_of_truth = wanted.samples, None, None
            held.metrics, held.ladder, held.exact = {}, {}, {}
        metrics = kinds("metrics")
        for kind, metric in metrics.items():
            if not metric().applies(held.problem):
                continue
            missing = [n for n in metric.ladder if n not in held.ladder] if metric.ladder else kind not in held.metrics
            if missing:
                held.measured = held.measured or self._evidence(held, held.v)
                self.doing, self.done = metric.label, list(metrics).index(kind) / len(metrics)
                if metric.ladder:
                    held.ladder = {**held.ladder, missing[0]: metric().rung(held.measured, missing[0])}
                else:
                    held.metrics = {**held.metrics, kind: metric().of(held.measured)}
                return True
        held.measured = None  # trajectories of all particles: hundreds of megabytes at the most samples
        return False

    def _measure_truth(self, held: Round) -> bool:
        """Compute one missing figure of the closed form beside a learned velocity; False when none is missing."""
        if held.truth is None or held.trainee is None:
            return False
        for kind, metric in kinds("metrics").items():
            if metric.compared and kind not in held.exact:
                held.evidence_of_truth = held.evidence_of_truth or self._evidence(held, held.truth)
                self.doing = f"{metric.label} of the closed form"
                held.exact = {**held.exact, kind: metric().of(held.evidence_of_truth)}
                return True
        held.evidence_of_truth = None
        return False

    def _evidence(self, held: Round, v: Field) -> Evidence:
        return Evidence(held.problem, v, held.truth, held.samples, self.experiment.seed, self._matched, self._stop)

    # what is known

    @property
    def error(self) -> str:
        """Why this experiment cannot go on, in one sentence."""
        return self._run.error

    def rounds(self) -> list[Round]:
        """The rounds that the Experiment asks for, as far as they exist."""
        return self._run.rounds[: self.experiment.rounds]

    def snapshot(self, request: int = 0) -> Snapshot:
        """What is known now: a value that nothing changes afterwards."""
        run, wanted = self._run, self.experiment
        rounds = self.rounds()
        views, trouble = [run.coupling] if run.coupling is not None else [], ""
        for held in rounds:
            view, problem = held.view(wanted.solver, self._stop)
            views.append(view)
            trouble = trouble or problem
        trainee = rounds[-1].trainee if rounds else None
        rate, left = self._pace(trainee)
        warnings = [held.warning for held in rounds if held.warning]
        return Snapshot(
            spec=wanted,
            request=request,
            phase=self.phase,
            made=time.monotonic(),
            device=devices.describe(self.device),
            message=run.error or trouble or (warnings[-1] if warnings else ""),
            source=cloud(run.x0, wanted.dim),
            target=cloud(run.x1, wanted.dim),
            rounds=tuple(views),
            step=trainee.step if trainee else 0,
            steps=wanted.training.steps if trainee else 0,
            rate=rate,
            seconds_left=left,
            doing=self.doing if self.phase == "measuring" else "",
            done=self.done,
        )

    def _pace(self, trainee: object) -> tuple[float, float | None]:
        """Steps per second over the last slices, and the seconds that the round still takes."""
        if trainee is None or len(self._clock) < 2 or self.phase != "training":
            return 0.0, None
        (t0, s0), (t1, s1) = self._clock[0], self._clock[-1]
        rate = (s1 - s0) / max(t1 - t0, 1e-9)
        return rate, (self.experiment.training.steps - trainee.step) / rate if rate > 0 else None
