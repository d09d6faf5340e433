"""The Lab makes what is asked: a reconciler without a thread of its own.

``adopt`` says what is wanted, ``advance`` does a bounded slice of the work that is still missing, ``snapshot`` says
what is known. What to do next follows from the state alone, so a slice may end, or be stopped, anywhere.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from engine import measuring
from engine.evidence.evidence import MATCHED, Evidence
from engine.fields.field import Field
from engine.learning import device as devices
from engine.learning.early_stop import CHECK_EVERY, EarlyStop
from engine.learning.trainee import Trainee
from engine.motion.flow import Stop, Stopped, accurate, never, transport
from engine.parts import Operation, Wrong
from engine.picture import cloud, coupling, pairing
from engine.remark import remark
from engine.round import Pairs, Round, begin, pairs_after, seed_of
from engine.snapshot import RoundView, Snapshot
from engine.spec import Experiment, Training, identity
from engine.tree import Node

SHELF = 4  # runs that an undo can bring back at once
SLICE = 0.03  # seconds of training between two looks at the clock


Lineage = tuple[Operation, ...]


@dataclass(eq=False)
class Run:
    """The rounds of one identity (everything that restarts training) by their lineage, finished ones and those in
    work: branches that do the same share them."""

    rounds: dict[Lineage, Round] = field(default_factory=dict)
    x0: np.ndarray | None = None
    x1: np.ndarray | None = None
    pairing: Iterator[float | Pairs] | None = None  # while the pairs are being drawn
    continuing: dict[Lineage, Iterator[float | Pairs]] = field(default_factory=dict)  # pairs of a next round, under way
    coupling: RoundView | None = None
    refused: dict[Lineage, str] = field(default_factory=dict)  # rounds that cannot be, and why
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
        self._nodes: tuple[Node, ...] = ()
        self._at_work: Round | None = None  # the round that was worked on last
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
            self._run.refused.clear()
        self.experiment = experiment
        self.phase, self.doing, self.done = "starting", "", 0.0  # what was true of another one
        self._nodes = experiment.nodes()
        self._forget()

    def _forget(self) -> None:
        """Drop what other training numbers have overtaken; the rounds in work go on with the new ones."""
        rounds, training = self._run.rounds, self.experiment.training
        wanted = {node.lineage for node in self._nodes}
        gone: list[Lineage] = []
        for lineage, held in rounds.items():
            if held.trainee is not None and held.trainee.failed and held.training != training:
                gone.append(lineage)  # other numbers are what it waits for
            elif held.v is None and held.trainee is not None:
                held.trainee.adopt(training)
                held.training = training
            elif lineage not in wanted and held.training != training:
                gone.append(lineage)  # a hidden round of other numbers must not come back
        for lineage in list(rounds):
            if any(lineage[: len(root)] == root for root in gone):
                del rounds[lineage]

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
        lost = False
        for node in self._nodes:
            held = run.rounds.get(node.lineage)
            if held is None:
                phase = self._tried(node, train, end)
                if phase:
                    return phase
                continue
            if held.v is None:
                self._at_work = held
                if held.trainee.done:
                    held.finish()
                    return "measuring"
                if not train:
                    return "paused"
                self._train(held.trainee, held.training, end, held.early_stop)
                return "training"
            if self._measure(held):
                return "measuring"
            lost = lost or held.failed
        for held in self.rounds() if self._last_pairs else ():
            if held.z1 is None and not held.failed:
                self._pair(held, end)
                return "pairing"
        # last of all: figures of the reference hold nobody up
        for held in self.rounds():
            phase = self._compare(held, train, end)
            if phase:
                return phase
        run.error = next(iter(run.refused.values()), "")
        return "stopped" if lost or run.error else "done"

    def _tried(self, node: Node, train: bool, end: float) -> str:
        """The same as ``_begin``; a round that cannot be holds up neither other branches nor figures."""
        run = self._run
        try:
            return "" if node.lineage in run.refused else self._begin(node, train, end)
        except Wrong as wrong:
            run.refused[node.lineage] = str(wrong)
            return ""

    def _begin(self, node: Node, train: bool, end: float) -> str:
        """The next piece of work towards a round that does not exist yet; empty where the one before it has failed."""
        run, wanted = self._run, self.experiment
        pairs, before = (run.x0, run.x1), None
        if node.lineage:
            before = run.rounds.get(node.lineage[:-1])
            if before is None or before.failed:
                return ""
            if before.z1 is None:
                if not train:
                    return "paused"
                self._pair(before, end)
                return "pairing"
            pairs = self._continued(before, node, end)
            if pairs is None:
                return "pairing"
        run.rounds[node.lineage] = begin(wanted, node, *pairs, self.device, before)
        self._clock.clear()
        return "sampling"

    def _continued(self, before: Round, node: Node, end: float) -> Pairs | None:
        """The pairs of this node, in slices; None until they are there."""
        run, (first, seed) = self._run, ((self._run.x0, self._run.x1), seed_of(self.experiment, node))
        slices = run.continuing.pop(node.lineage, None) or pairs_after(before, node.lineage[-1], first, seed)
        for result in slices:
            if isinstance(result, tuple):
                return result
            self.done = result
            if time.monotonic() >= end or self._stop():
                run.continuing = {node.lineage: slices}
                return None
        raise RuntimeError(f"{node.lineage[-1].kind} ended without pairs")

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

    def _train(self, trainee: Trainee, training: Training, end: float, early_stop: EarlyStop | None = None) -> None:
        until = min(end, time.monotonic() + SLICE)
        while not trainee.done:
            trainee.advance(1)
            if early_stop is not None and training.stop_gap and trainee.step % CHECK_EVERY == 0:
                gap = early_stop.gap(trainee.field())
                if gap.value < training.stop_gap:
                    told = f"{gap.value:.3g} ± {gap.error or 0.0:.1g} (n = {gap.n:,})"
                    trainee.finish_early(f"fit gap {told} at step {trainee.step:,}")
            if time.monotonic() >= until or self._stop():
                break
        self._clock = [*self._clock[-40:], (time.monotonic(), trainee.step)]
        self.done = trainee.step / training.steps

    def _pair(self, held: Round, end: float) -> None:
        self._at_work = held
        held.pairs_ahead = held.pairs_ahead or transport(held.v, held.problem.x0, accurate(held.problem))
        for result in held.pairs_ahead:
            if isinstance(result, np.ndarray):
                held.z1, held.pairs_ahead = result, None
                return
            self.done = result
            if time.monotonic() >= end or self._stop():
                return

    def _measure(self, held: Round) -> bool:
        """Compute one missing figure; False when none is missing."""
        held.rest_on(self.experiment.measure.samples)
        figure = measuring.missing(held)
        if figure is None:
            held.measured = None  # trajectories of all particles: hundreds of megabytes at the most samples
            return False
        self.doing, self.done, self._at_work = figure.metric.label, figure.share, held
        measuring.measure(held, figure, lambda v: self._evidence(held, v))
        held.sharp = held.sharp or (held.measured.flow.warning if "flow" in vars(held.measured) else "")
        return True

    def _compare(self, held: Round, train: bool, end: float) -> str:
        """The next piece of work for the reference beside this round; empty when nothing is missing."""
        held.stand_beside(self.experiment, self.device)
        if held.rival is not None and not held.rival.done:  # a reference that learns, too
            if not train:
                return "paused"
            self._train(held.rival, held.training, end)
            return "training"
        figure = measuring.missing_beside(held)
        if figure is None:
            held.evidence_beside = None
            return ""
        self.doing = figure.metric.label + (f" of the {held.beside.name}" if held.beside is not None else "")
        measuring.measure_beside(held, figure, lambda v: self._evidence(held, v))
        return "measuring"

    def _evidence(self, held: Round, v: Field) -> Evidence:
        return Evidence(held.problem, v, held.truth, held.samples, self.experiment.seed, self._matched, self._stop)

    # what is known

    @property
    def error(self) -> str:
        """Why this experiment cannot go on, in one sentence."""
        return self._run.error

    def tree(self) -> list[tuple[Node, Round]]:
        """The rounds that the Experiment asks for, as far as they exist, with the names that it gives them."""
        rounds = self._run.rounds
        return [(node, rounds[node.lineage]) for node in self._nodes if node.lineage in rounds]

    def rounds(self) -> list[Round]:
        """The same without names, each once: branches that do the same share rounds."""
        return list(dict.fromkeys(held for _, held in self.tree()))

    def remark(self, node: Node) -> str:
        """What the figures of this node's round say against its picture."""
        rounds = self._run.rounds
        return remark(rounds[node.lineage], rounds.get(node.lineage[:-1]) if node.lineage else None)

    def snapshot(self, request: int = 0) -> Snapshot:
        """What is known now: a value that nothing changes afterwards."""
        run, wanted = self._run, self.experiment
        rounds = self.rounds()
        views, places, trouble = [run.coupling] if run.coupling is not None else [], {"": 0}, ""
        working = newest = -1
        last = next((held for held in reversed(run.rounds.values()) if held in rounds), None)
        for node, held in self.tree():
            view, problem = held.view(wanted.solver, self._stop)
            places[node.name] = at = len(views)
            operation = node.lineage[-1].kind if node.lineage else ""
            outdated = held.trainee is not None and held.training != wanted.training
            tied = {"name": node.name, "parent": places[node.parent], "operation": operation, "outdated": outdated}
            views.append(replace(view, number=at, remark=self.remark(node), **tied))
            working = at if held is self._at_work else working
            newest = at if held is last else newest
            trouble = trouble or problem
        at_work = self._at_work if self._at_work in rounds else rounds[-1] if rounds else None
        trainee = at_work.trainee if at_work else None
        rate, left = self._pace(trainee)
        warnings = [held.warning for held in rounds if held.warning]
        return Snapshot(
            spec=wanted,
            request=request,
            phase=self.phase,
            made=time.monotonic(),
            device=devices.describe(self.device),
            message=run.error or next(iter(run.refused.values()), "") or trouble or (warnings[-1] if warnings else ""),
            source=cloud(run.x0, wanted.dim),
            target=cloud(run.x1, wanted.dim),
            rounds=tuple(views),
            working=working,
            newest=newest,
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
