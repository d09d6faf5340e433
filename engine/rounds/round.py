"""One round: what it was given, and the four values that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from engine.fields.closed import reference
from engine.fields.field import Field
from engine.learning.carried import Carried
from engine.learning.net import Net
from engine.parts import Finished, Operation, Problem, Solver
from engine.probe import Subject
from engine.registry import kinds
from engine.rounds.ignored import ignored
from engine.rounds.inquiries import Inquiries
from engine.rounds.learning import Learning
from engine.rounds.measuring import Measuring
from engine.rounds.reference import Reference
from engine.rounds.seeds import seed_of, trainee_of
from engine.spec import Experiment
from engine.tree import Node

Pairs = tuple[np.ndarray, np.ndarray]
LOOKED = 20_000  # pairs in which partners of points are counted


@dataclass(eq=False)
class Round:
    """Its training, its figures, its reference and its answers, each by itself: what one of them does changes no other.

    ``z1`` (n, d) is where the flow takes the pairs' x0, once somebody needs it.
    """

    problem: Problem
    learning: Learning
    own: Measuring = field(default_factory=Measuring)
    reference: Reference = field(default_factory=Reference)
    inquiries: Inquiries = field(default_factory=Inquiries)
    z1: np.ndarray | None = None
    pairs_ahead: Iterator[np.ndarray | float] | None = None  # z1, under way
    no_pairs: str = ""  # why z1 cannot be

    @cached_property
    def pairs_said(self) -> str:
        """What no flow can do with these pairs, and what of them is at random, in sentences."""
        problem = self.problem
        rest = problem.coupling.rest(problem.source, problem.target, problem.dim) if problem.round == 1 else ""
        return " ".join(filter(None, (_atoms(problem), rest)))

    @property
    def overlooked(self) -> str:
        """What a net that has learned does not look at, in a sentence."""
        return self._overlooked if self.v is not None and self.learning.trainee is not None else ""

    @cached_property
    def _overlooked(self) -> str:
        return ignored(self.v, self.problem, self.truth)

    @property
    def v(self) -> Field | None:
        """The velocity, once the round is finished."""
        return self.learning.v

    @property
    def truth(self) -> Field | None:
        return self.learning.truth

    @property
    def failed(self) -> bool:
        return self.learning.failed

    def give_up_pairs(self, sentence: str) -> None:
        self.no_pairs, self.pairs_ahead = sentence, None

    def subject(self, solver: Solver, seed: int) -> Subject:
        """The round as it stands, for probes."""
        v, _ = self.learning.now()
        return Subject(self.problem, solver, v, self.truth, self.v is not None, seed, self.learning.frames.frames)


def beginning(
    experiment: Experiment,
    node: Node,
    pairs: Pairs,
    device: str,
    before: Round | None = None,
    carried: Carried | None = None,
) -> Iterator[float | Round]:
    """The round of this node on these pairs (n, d) each, which continues ``before``: in slices, the share done after
    each one, the round at the end. Its training goes on from what is ``carried`` over an edit, if that fits. Raises
    Wrong where the velocity has no answer for them."""
    problem, seed = problem_of(experiment, node, *pairs), seed_of(experiment, node.lineage)
    v = None
    for v in experiment.velocity.steps(problem, seed, device):
        if isinstance(v, float):
            yield v
    yield _begun(experiment, problem, v, before, carried)


def _begun(experiment: Experiment, problem: Problem, v: Field, before: Round | None, carried: Carried | None) -> Round:
    truth = reference(problem)
    if not experiment.velocity.learns:
        truth = v if experiment.velocity.true and v.closed else truth
        return Round(problem, Learning(problem, experiment.training, truth, v))
    warm = carried is not None and isinstance(v, Net) and carried.fits(v)
    if warm:
        v = carried.onto(v)
    elif experiment.training.warm and before is not None and isinstance(before.v, Net):
        v = v.restarted_from(before.v)
    trainee = trainee_of(v, problem, experiment.training, seed_of(experiment, problem.lineage))
    learning = Learning(problem, experiment.training, truth, None, trainee)
    if warm:
        trainee.go_on_from(carried)
        learning.warm = True
    return Round(problem, learning)


def problem_of(experiment: Experiment, node: Node, x0: np.ndarray, x1: np.ndarray) -> Problem:
    """What the velocity of this node is asked to fit."""
    source, target = experiment.coupling.ends(experiment.source, experiment.target)
    one_step = bool(node.lineage) and node.lineage[-1].one_step
    path = kinds("paths")["straight"]() if one_step else experiment.path
    return Problem(experiment.dim, node.depth, source, target, experiment.coupling, path, x0, x1, node.lineage)


def pairs_after(held: Round, operation: Operation, first: Pairs, seed: int) -> Iterator[float | Pairs]:
    """The pairs (n, d) of the round that continues ``held``, whose Z1 is known, by an operation: in slices, like those
    of ``Operation.steps``. Raises Wrong."""
    finished = Finished(held.problem.x0, held.z1, *first, held.problem.source)
    return operation.steps(finished, np.random.default_rng([seed, 3]))


def _atoms(problem: Problem) -> str:
    """That points of the source have several partners, where it is finitely many: a flow cannot split them."""
    points = problem.source.points(problem.dim)
    if points is None:
        return ""
    x0, x1 = problem.x0[:LOOKED], problem.x1[:LOOKED]
    _, of = np.unique(x0, axis=0, return_inverse=True)
    atoms = int(of.max()) + 1
    partners = np.unique(np.column_stack([of.reshape(-1), x1]), axis=0)[:, 0].astype(int)
    split = int((np.bincount(partners, minlength=atoms) > 1).sum())
    if not split:
        return ""
    told = f"The source is {atoms:,} point{'' if atoms == 1 else 's'}, {split:,} with several partners in the pairs"
    ends = problem.target.points(problem.dim)
    many = "a whole law" if ends is None else f"{len(np.unique(ends, axis=0)):,}"
    less = ends is None or len(np.unique(ends, axis=0)) > atoms
    cannot = f", so Z1 is {atoms:,} at most and not the target, which is {many}" if less else ""
    return f"{told}: a flow takes each to one place and cannot split it{cannot}."
