"""One round: what it was given, what it learned, what was measured. Immutable once finished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from engine.closed import TRUTH, ClosedForm, reference
from engine.evidence import Evidence, mean
from engine.flow import Stop, Stopped, never
from engine.parts import Estimate, Field, Problem, Solver, Wrong
from engine.picture import SHOWN, with_flow, without_flow
from engine.snapshot import GapMap, RoundView
from engine.spec import Experiment, Training
from engine.trainee import Trainee

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
    truth: ClosedForm | None = None
    warning: str = ""
    figures: Figures = Figures()
    of_truth: Figures = Figures()  # figures of the closed form beside a learned velocity
    gap_map: GapMap | None = None
    complete: dict[bool, Figures] = field(default_factory=dict)  # figures that lack nothing; True: of the closed form
    samples: int = 0  # what the figures rest on
    measured: Evidence | None = None  # while figures are missing
    evidence_of_truth: Evidence | None = None
    pairs_ahead: Iterator[np.ndarray | float] | None = None  # the next round's Z1, under way
    z1: np.ndarray | None = None
    _view: RoundView | None = None
    _view_solver: Solver | None = None
    _floor: Estimate | None = None

    @property
    def number(self) -> int:
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
            self.samples, self.measured, self.evidence_of_truth = samples, None, None
            self.figures = self.of_truth = Figures()

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
            truth=self.of_truth.single,
            truth_ladders=self.of_truth.ladders,
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
        drawn = with_flow(self.still, v, self.problem.x0[:SHOWN], solver, self.problem.path, stop)
        return replace(drawn, finished=self.v is not None, velocity=name)


def begin(experiment: Experiment, number: int, x0: np.ndarray, x1: np.ndarray, device: str) -> Round:
    """Round ``number`` on these pairs (n, d). Raises Wrong where the velocity has no answer for them."""
    source, target = experiment.coupling.ends(experiment.source, experiment.target)
    problem = Problem(experiment.dim, number, source, target, experiment.coupling, experiment.path, x0, x1)
    seed = (experiment.seed * 1_000_003 + 2 * number) % 2**62  # and the next: weights, then batches
    v = experiment.velocity.build(problem, seed, device)
    round = Round(problem, experiment.training, truth=reference(problem))
    if experiment.velocity.learns:
        apart = experiment.coupling.independent and number == 1
        round.trainee = Trainee(v, x0, x1, experiment.path, experiment.training, seed + 1, apart)
    else:
        round.v = v
        if experiment.velocity.true and isinstance(v, ClosedForm):
            round.truth = v
    return round
