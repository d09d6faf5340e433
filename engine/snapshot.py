"""What is known: one frozen value of numpy arrays that pictures are composed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.evidence.figures import Figures
from engine.parts import Path
from engine.probe import Probe
from engine.spec import Experiment

PHASES = ("starting", "sampling", "training", "paused", "pairing", "measuring", "done", "stopped")
NONE = Figures()


@dataclass(frozen=True, eq=False)
class Answer:
    """What a probe has found. ``fresh``: of the velocity as it is now; False while training has moved on since.
    ``trouble``: why there is none, in a sentence."""

    probe: Probe
    value: Any = None
    fresh: bool = True
    trouble: str = ""


@dataclass(frozen=True, eq=False)
class RoundView:
    """One round as it is known: identity, state, path, figures, and the answers of the probes that were asked.

    ``number`` is its place in the snapshot; 0 is the coupling alone, without a velocity.
    """

    number: int
    path: Path  # of its own: a distilled round is straight on a curved experiment
    name: str = ""  # in the tree: "2" on the trunk, "refreshed.1" on a branch; empty for the coupling
    parent: int = 0  # the number of the view that it continues
    operation: str = ""  # how: its kind; empty for the first round
    sketch: tuple[int, int] | None = None  # these are so many pairs of so many, which are still being matched
    one_step: bool = False  # it is one map Z0 -> Z1 and no flow
    finished: bool = True
    velocity: str = ""  # what gives v now, in words; empty where nothing does
    exact: bool = False  # v is a closed form
    outdated: bool = False  # it was trained with other numbers than the spec's
    losses: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))  # (k, 2): step, mean loss since the last
    warning: str = ""
    remark: str = ""  # what the figures say against the picture
    figures: Figures = NONE
    beside: Figures = NONE  # the same figures of the reference, where they are known
    reference: str = ""  # what stands beside, in words
    no_reference: str = ""  # why nothing does
    answers: tuple[Answer, ...] = ()

    def answer(self, probe: Probe) -> Answer | None:
        """The answer to this question, or while it is not there the last one to another of its kind."""
        same = [answer for answer in self.answers if type(answer.probe) is type(probe)]
        return next((answer for answer in same if answer.probe == probe), same[-1] if same else None)

    def found(self, probe: Probe) -> Any:
        """The value of ``answer``; None where there is none."""
        answer = self.answer(probe)
        return answer.value if answer is not None else None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything the window shows. ``request`` is the serial of the request that it answers."""

    spec: Experiment
    request: int
    phase: str
    made: float  # time.monotonic() when it was complete
    device: str = ""
    message: str = ""  # one sentence, when something went wrong
    source: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float32))  # (n, d) cloud of P0
    target: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float32))
    rounds: tuple[RoundView, ...] = ()  # rounds[k].number == k
    refused: Mapping[str, str] = field(default_factory=dict)  # rounds that cannot be, by name, and why
    working: int = -1  # the number of the round in work; -1: none is
    newest: int = -1  # the number of the round that was begun last; -1: the last one
    step: int = 0  # of the round in work
    steps: int = 0
    rate: float = 0.0  # training steps per second
    seconds_left: float | None = None  # of the round in work
    doing: str = ""  # what is being measured, or looked at
    done: float = 0.0  # share of the present stage
    asked: tuple[Probe, ...] = ()  # what it was made to answer
    shown: tuple[str, ...] = ()  # of the rounds of these names; none: of the newest
    unanswered: int = 0  # of these, of all rounds that they are asked of, those that have no answer yet
    kept: Any = None  # the rounds as they were when a request asked for them, a KeptRounds
    unrestored: tuple[str, ...] = ()  # names of rounds that could not come back from a file

    @property
    def busy(self) -> bool:
        return self.phase in ("sampling", "training", "pairing", "measuring")
