"""One round: what it was given, what it learned, what was measured. Immutable once finished."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import msgspec
import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence, mean
from engine.fields.closed import TRUTH, reference
from engine.fields.field import Field
from engine.learning.early_stop import EarlyStop
from engine.learning.net import Net
from engine.learning.trainee import Trainee
from engine.motion.flow import ONE_STEP, Stop, Stopped, never
from engine.parts import Finished, Operation, Problem, Solver, Velocity, Wrong
from engine.picture import SHOWN, start, with_flow, without_flow
from engine.registry import kinds
from engine.snapshot import GapMap, RoundView
from engine.spec import Experiment, Training
from engine.tree import Node

Pairs = tuple[np.ndarray, np.ndarray]
LOSSES = 2000  # most points of a loss curve in a snapshot


@dataclass(frozen=True)
class Figures:
    """What is measured: figures by the metric's kind, and for metrics with a ladder by kind and rung."""

    single: Mapping[str, Estimate] = field(default_factory=dict)
    ladders: Mapping[str, Mapping[float, Estimate]] = field(default_factory=dict)

    def has(self, kind: str, rung: float | None) -> bool:
        return kind in self.single if rung is None else rung in self.ladders.get(kind, {})

    def plus(self, kind: str, rung: float | None, estimate: Estimate) -> Figures:
        if rung is None:
            return replace(self, single={**self.single, kind: estimate})
        return replace(self, ladders={**self.ladders, kind: {**self.ladders.get(kind, {}), rung: estimate}})


@dataclass(eq=False)
class Round:
    """A round in work; ``v`` stays None until it is finished."""

    problem: Problem
    training: Training
    trainee: Trainee | None = None
    v: Field | None = None
    truth: Field | None = None
    warning: str = ""
    sharp: str = ""  # that the field is too sharp for the accurate solver
    no_reference: str = ""  # why none stands beside it
    figures: Figures = Figures()
    of_beside: Figures = Figures()  # figures of the reference
    gap_map: GapMap | None = None
    complete: dict[bool, Figures] = field(default_factory=dict)  # figures that lack nothing; True: of the closed form
    samples: int = 0  # what the figures rest on
    measured: Evidence | None = None  # while figures are missing
    evidence_beside: Evidence | None = None
    beside: Field | None = None  # the reference, once it is there
    rival: Trainee | None = None  # of a reference that learns
    _beside_of: Velocity | None = None  # what was asked for when it was set up
    pairs_ahead: Iterator[np.ndarray | float] | None = None  # the next round's Z1, under way
    z1: np.ndarray | None = None
    _view: RoundView | None = None
    _view_solver: Solver | None = None
    _floor: Estimate | None = None

    @property
    def number(self) -> int:
        """How many rectifications lead here: 1 is the first."""
        return self.problem.round

    @property
    def metrics(self) -> Mapping[str, Estimate]:
        return self.figures.single

    @property
    def ladders(self) -> Mapping[str, Mapping[float, Estimate]]:
        return self.figures.ladders

    def rest_on(self, samples: int) -> None:
        """Forget figures that rest on another number of samples."""
        if self.samples != samples:
            self.samples, self.measured, self.evidence_beside = samples, None, None
            self.figures, self.of_beside, self.sharp = Figures(), Figures(), ""

    @cached_property
    def early_stop(self) -> EarlyStop | None:
        """What tells when training is good enough, where a closed form does."""
        return EarlyStop(self.problem, self.truth) if self.truth is not None else None

    @property
    def failed(self) -> bool:
        """Whether its training diverged: nothing is continued from there."""
        return self.trainee is not None and self.trainee.failed

    def stand_beside(self, experiment: Experiment, device: str) -> None:
        """Set up the reference that the experiment asks for, of a finished round; none where it has no answer here."""
        part = experiment.reference
        if part != self._beside_of:
            self._beside_of, self.beside, self.rival = part, None, None
            self.of_beside, self.evidence_beside, self.no_reference = Figures(), None, ""
            if part == experiment.velocity:
                return  # it would stand beside itself
            try:
                self._stand(part, experiment, device)
            except Wrong as wrong:
                self.no_reference = wrong.message
        if self.rival is not None and self.rival.failed:
            self.no_reference = f"its training diverged at step {self.rival.step:,}; try a smaller learning rate"
            self.rival = None
        elif self.rival is not None and self.rival.done and self.beside is None:
            self.beside = self.rival.field()
            self.rival.release()

    def _stand(self, part: Velocity, experiment: Experiment, device: str) -> None:
        if part.true:
            self.beside = None if self.v is self.truth else self.truth
            return
        seed = seed_of(experiment, self.problem)
        v = part.build(self.problem, seed, device)
        if part.learns:
            self.rival = trainee_of(
                v, self.problem, self.training, seed
            )  # by the numbers of the round it stands beside
        else:
            self.beside = v

    def finish(self) -> None:
        """Freeze the velocity: from here on nothing of the round's outcome changes."""
        if self.trainee is not None:
            self.v = self.trainee.field()
            self.trainee.release()
            if self.trainee.failed:
                self.warning = (
                    f"Training of round {self.number} diverged at step {self.trainee.step:,}; "
                    "its last good weights are kept. Try a smaller learning rate."
                )

    def floor(self, stop: Stop) -> Estimate | None:
        """V before the round ends: from the closed form, which needs no trained net. None while it is not known."""
        if self._floor is None and self.truth is not None and "crossing" not in self.metrics:
            evidence = Evidence(self.problem, self.truth, self.truth, samples=1024, seed=0, stop=stop)
            try:
                self._floor = mean(evidence.spreads)
            except Stopped:
                return None
        return self.metrics.get("crossing", self._floor)

    def shown_velocity(self) -> tuple[Field | None, str]:
        """What the picture flows along now, and what it is called."""
        if self.v is not None:
            return self.v, self.v.name
        if self.trainee is not None and self.trainee.step > 0:
            return self.trainee.field(), "net"
        return self.truth, TRUTH

    def view(self, solver: Solver, stop: Stop = never) -> tuple[RoundView, str]:
        """The picture of this round by the solver on display, kept until something that it shows changes; and a
        sentence if the solver failed. Stopped half-way, it is the last picture with the figures of now."""
        finished, trouble = self.v is not None, ""
        if self._view is None or not finished or not self._view.finished or self._view_solver != solver:
            try:
                self._view, self._view_solver = self._drawn(solver, stop), solver
            except Wrong as wrong:
                self._view, trouble = None, str(wrong)
            except Stopped:
                pass
        losses = np.array(self.trainee.losses if self.trainee else [], float).reshape(-1, 2)
        drawn = replace(
            self._view or self.still,
            finished=finished,
            losses=losses[:: max(1, -(-len(losses) // LOSSES))],
            floor=self.floor(stop),
            metrics=self.figures.single,
            ladders=self.figures.ladders,
            truth=self.of_beside.single,
            truth_ladders=self.of_beside.ladders,
            reference=self.beside.name if self.beside is not None else "",
            no_reference=self.no_reference,
            gap_map=self.gap_map,
            warning=self.warning,
        )
        return drawn, trouble

    @cached_property
    def still(self) -> RoundView:
        """The pairs alone."""
        x0, x1 = self.problem.x0[:SHOWN], self.problem.x1[:SHOWN]
        return replace(without_flow(self.number, x0, x1, self.problem.path), finished=False)

    def _drawn(self, solver: Solver, stop: Stop) -> RoundView:
        v, name = self.shown_velocity()
        if v is None:
            return self.still
        solver = ONE_STEP if self.problem.one_step else solver
        x = start(solver, self.problem.x0, self.problem.x1)
        drawn = with_flow(self.still, v, x, solver, self.problem.path, stop)
        return replace(drawn, finished=self.v is not None, velocity=name)


def begin(
    experiment: Experiment, node: Node, x0: np.ndarray, x1: np.ndarray, device: str, before: Round | None = None
) -> Round:
    """The round of this node on these pairs (n, d), which continues ``before``. Raises Wrong where the velocity has no
    answer for them."""
    source, target = experiment.coupling.ends(experiment.source, experiment.target)
    one_step = bool(node.lineage) and node.lineage[-1].one_step
    path = kinds("paths")["straight"]() if one_step else experiment.path
    problem = Problem(experiment.dim, node.depth, source, target, experiment.coupling, path, x0, x1, node.lineage)
    seed = seed_of(experiment, node)
    v = experiment.velocity.build(problem, seed, device)
    round = Round(problem, experiment.training, truth=reference(problem))
    if experiment.velocity.learns:
        if experiment.training.warm and before is not None and isinstance(before.v, Net):
            v = v.restarted_from(before.v)
        round.trainee = trainee_of(v, problem, experiment.training, seed)
    else:
        round.v = v
        if experiment.velocity.true and v.closed:
            round.truth = v
    return round


def trainee_of(v: Net, problem: Problem, training: Training, seed: int) -> Trainee:
    """What trains a net on the problem's pairs."""
    apart = problem.coupling.independent and problem.round == 1
    return Trainee(v, problem.x0, problem.x1, problem.path, training, seed + 1, apart, problem.one_step)


def seed_of(experiment: Experiment, place: Node | Problem) -> int:
    """Of the weights; the next number draws the batches. It follows from what the round is, not from its name."""
    apart = 0
    if not all(operation.reflows for operation in place.lineage):
        apart = zlib.crc32(msgspec.json.encode(place.lineage))
    return (experiment.seed * 1_000_003 + 2 * (len(place.lineage) + 1) + apart * 2**31) % 2**62


def pairs_after(held: Round, operation: Operation, first: Pairs, seed: int) -> Iterator[float | Pairs]:
    """The pairs (n, d) of the round that continues ``held``, whose Z1 is known, by an operation: in slices, like those
    of ``Operation.steps``. Raises Wrong."""
    finished = Finished(held.problem.x0, held.z1, *first, held.problem.source)
    return operation.steps(finished, np.random.default_rng([seed, 3]))
