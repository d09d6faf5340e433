"""The Experiment: everything that was asked, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec

from engine.parts import Part, Wrong, knob
from engine.registry import check_ranges, kinds, knobs
from engine.tree import Branch, Node
from engine.tree import check as check_tree
from engine.tree import nodes as tree_nodes

Source = Annotated[Any, knob("", family="distributions")]
CouplingPart = Annotated[Any, knob("", family="couplings")]
PathPart = Annotated[Any, knob("", family="paths")]
VelocityPart = Annotated[Any, knob("", family="velocities")]
SolverPart = Annotated[Any, knob("", family="solvers")]


def _first(family: str, kind: str) -> Any:
    return kinds(family)[kind]


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Adam on the straight-line regression loss, with an exponential moving average of the weights."""

    steps: Annotated[int, knob("steps", 1, 10_000_000, log=True, tip="Optimiser steps per round.")] = 5000
    batch: Annotated[int, knob("batch", 1, 1_000_000, log=True, tip="Pairs per step, each with its own t.")] = 1024
    rate: Annotated[
        float, knob("learning rate", above=0.0, high=10.0, log=True, tip="Adam's step size at the start of a round.")
    ] = 1e-3
    schedule: Annotated[
        Literal["constant", "cosine"],
        knob("schedule", tip="The rate over a round: as it is, or times (1 + cos(π k/steps))/2, which ends at 0."),
    ] = "constant"
    ema: Annotated[
        float,
        knob(
            "EMA", 0.0, 0.99999, tip="Decay of the averaged weights that are shown and measured; 0 uses the raw ones."
        ),
    ] = 0.999
    decay: Annotated[
        float,
        knob("weight decay", 0.0, 10.0, tip="λ of AdamW: each step first takes the share rate·λ off every weight."),
    ] = 0.0
    times: Annotated[
        Literal["uniform", "logit-normal", "u-shaped"],
        knob(
            "times",
            tip="How t is drawn: U(0, 1); t = 1/(1 + exp(-z)), z ~ N(0, 1); p(t) ∝ exp(4t) + exp(4(1 - t)). "
            "The loss shown is over uniform t in any case.",
        ),
    ] = "uniform"
    weighting: Annotated[
        Literal["none", "even", "late"],
        knob(
            "weighting",
            tip="Weight of |dX - v|² in training: 1; even: 1/p(t) for times of density p, which is L(v) again; "
            "late: 1/(1 - t). At most 20. The best v is v* for each; the loss shown is unweighted.",
        ),
    ] = "none"
    pairs: Annotated[
        Literal["kept", "fresh"],
        knob(
            "training pairs",
            tip="kept: random ones of the round's pairs. fresh: new ones at each step, each used once, coupled as many "
            "at a time as the coupling has pairs; figures and pictures rest on the round's own. Pairs of later rounds "
            "come from flows, and are kept.",
        ),
    ] = "kept"
    warm: Annotated[
        bool, knob("warm start", tip="A round goes on from the averaged weights of the one before; round 1 is fresh.")
    ] = False
    precision: Annotated[
        Literal["float32", "mixed"],
        knob(
            "precision",
            tip="mixed: products of hidden layers in bfloat16, weights and all else in float32; where the processor or "
            "GPU does not gain by it, float32 is used.",
        ),
    ] = "float32"
    stop_gap: Annotated[
        float,
        knob(
            "stop below",
            0.0,
            1e6,
            unit="length²",
            tip="A round ends when its fit gap L(v) - V is below this, where a closed form tells V; 0: never.",
        ),
    ] = 0.0


STEPS = (1, 2, 3, 4, 5, 8, 16, 32, 64)  # odd N stride over t = 1/2, where modes cross, and even ones do not
MOST_RUNGS = 32


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the figures rest on."""

    samples: Annotated[
        int,
        knob("samples", 64, 65_536, log=True, tip="Particles behind each estimate (exact matching uses 4096 at most)."),
    ] = 4096
    ladder: Annotated[
        tuple[int, ...],
        knob("ladder N", 1, 4096, tip="Numbers of Euler steps that the figures by N are of, ascending, 32 at most."),
    ] = STEPS
    points: Annotated[
        int,
        knob(
            "points of W2 by N",
            64,
            10_000,
            log=True,
            tip="Most points of each exact matching behind W2 after N steps, and by the solver, of as many samples: a "
            "second each for 2,048, minutes for 10,000.",
        ),
    ] = 2048

    def check(self) -> None:
        """Raise Wrong if the ladder is none."""
        if not 0 < len(self.ladder) <= MOST_RUNGS or list(self.ladder) != sorted(set(self.ladder)):
            raise Wrong("ladder", f"is not a list of 1 to {MOST_RUNGS} different whole numbers in ascending order")


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One experiment, complete: the same value gives the same numbers on the same machine."""

    seed: Annotated[int, knob("seed", 0, 2**31 - 1, tip="Every random draw follows from it.")] = 0
    dim: Annotated[int, knob("dimension d", 1, 3, tip="Points live in R^d.")] = 2
    rounds: Annotated[int, knob("rounds", 0, 20, tip="1 is the first rectification, further ones are reflow.")] = 2
    source: Source
    target: Source
    coupling: CouplingPart = msgspec.field(default_factory=lambda: _first("couplings", "independent")())
    path: PathPart = msgspec.field(default_factory=lambda: _first("paths", "straight")())
    velocity: VelocityPart = msgspec.field(default_factory=lambda: _first("velocities", "mlp")())
    training: Training = Training()
    solver: SolverPart = msgspec.field(default_factory=lambda: _first("solvers", "euler")())
    reference: VelocityPart = msgspec.field(default_factory=lambda: _first("velocities", "exact")())
    measure: Measure = Measure()
    branches: tuple[Branch, ...] = ()

    def nodes(self) -> tuple[Node, ...]:
        """Every round that is asked for, parents before children: the trunk, then branch after branch."""
        return tree_nodes(self.rounds, self.branches)

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Every part with the path of its field: ``source``, ``source.law``, ``branches[0].operation``."""
        for section, at in ((self, ""), *((branch, f"branches[{k}].") for k, branch in enumerate(self.branches))):
            yield from _inside(section, at)

    def check(self, since: Experiment | None = None) -> Experiment:
        """Itself, if its parts fit together. Raises Wrong, naming the path of the field.

        Sections that a checked experiment ``since`` holds too are not looked at again: drawings are long.
        """
        same = since is not None and since.dim == self.dim
        check_ranges(self)
        for name in self.__struct_fields__:
            section = getattr(self, name)
            if same and section is getattr(since, name):
                continue
            try:
                if isinstance(section, msgspec.Struct):
                    check_ranges(section)
                if isinstance(section, Part):
                    section.check(self.dim)
                elif isinstance(section, Measure):
                    section.check()
            except Wrong as wrong:
                raise wrong.within(name) from None
        if not (same and self.branches is since.branches and self.rounds == since.rounds):
            check_tree(self.rounds, self.branches, self.dim)
        return self


def _inside(section: msgspec.Struct, at: str) -> Iterator[tuple[str, Part]]:
    """The parts that a section holds, and those that they hold."""
    for k in knobs(type(section)):
        if k.family:
            part = getattr(section, k.name)
            yield f"{at}{k.name}", part
            yield from _inside(part, f"{at}{k.name}.")


#: Sections whose edits keep every weight; all others start the rounds anew.
KEEPS_WEIGHTS = frozenset({"training", "rounds", "branches", "solver", "reference", "measure"})


def restarts(field: str) -> bool:
    """Whether an edit of this field (``source``, ``training``, ...) throws the trained rounds away."""
    return field not in KEEPS_WEIGHTS


def identity(experiment: Experiment) -> tuple[Any, ...]:
    """What the trained rounds depend on: two experiments with equal identity can share them."""
    return tuple(getattr(experiment, f) for f in experiment.__struct_fields__ if restarts(f))
