"""The rounds of an experiment, and the few experiments whose rounds wait to be wanted again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from engine.evidence.figures import Figures
from engine.parts import Operation
from engine.preview import cost
from engine.rounds.inquiries import Inquiries
from engine.rounds.round import Pairs, Round
from engine.snapshot import Snapshot
from engine.spec import Training

MOST = 4  # runs that an undo can bring back at once

Lineage = tuple[Operation, ...]


@dataclass(eq=False)
class Run:
    """The rounds of one identity (everything that restarts training) by their lineage, finished ones and those in
    work: branches that do the same share them."""

    attempt: int = 0  # which one at this identity: Restart makes the next
    rounds: dict[Lineage, Round] = field(default_factory=dict)
    x0: np.ndarray | None = None
    x1: np.ndarray | None = None
    cost: Figures = field(default_factory=Figures)  # of the coupling alone
    inquiries: Inquiries = field(default_factory=Inquiries)  # and its answers
    sketch: Snapshot | None = None  # of few pairs, until they are there
    settled: float = 0.0  # when all are matched, unless there is another edit before
    pairing: Iterator[float | Pairs] | None = None  # while the pairs are being drawn
    continuing: dict[Lineage, Iterator[float | Pairs]] = field(default_factory=dict)  # pairs of a next round, under way
    building: dict[Lineage, Iterator[float | Round]] = field(default_factory=dict)  # a next round, under way
    refused: dict[Lineage, str] = field(default_factory=dict)  # rounds that cannot be, and why
    error: str = ""

    def start(self, x0: np.ndarray, x1: np.ndarray) -> None:
        """These are the pairs of the first coupling, (n, d) each."""
        self.x0, self.x1, self.cost, self.sketch = x0, x1, cost(x0, x1), None

    def look_again(self) -> None:
        """Forget what could not be: if it still holds, it will be found again."""
        self.error = ""
        self.refused.clear()

    def forget(self, training: Training, wanted: set[Lineage]) -> None:
        """Drop what other training numbers have overtaken; the rounds in work go on with the new ones."""
        gone: list[Lineage] = []
        for lineage, held in self.rounds.items():
            learning, other = held.learning, held.learning.training != training
            if learning.trainee is not None and learning.failed and other and not learning.unsettled:
                gone.append(lineage)  # other numbers are what it waits for
            elif learning.v is None and learning.trainee is not None:
                learning.adopt(training)
            elif lineage not in wanted and other:
                gone.append(lineage)  # a hidden round of other numbers must not come back
        for lineage in list(self.rounds):
            if any(lineage[: len(root)] == root for root in gone):
                del self.rounds[lineage]

    def why_not(self) -> list[str]:
        """Why there are not all rounds, in a sentence for each of those that cannot be."""
        broken = [held.learning.broken for held in self.rounds.values() if held.learning.broken]
        return list(dict.fromkeys([*self.refused.values(), *broken]))


class Shelf:
    """The ``MOST`` runs that were wanted last, by their identity."""

    def __init__(self) -> None:
        self._runs: OrderedDict[object, Run] = OrderedDict()

    def take(self, key: object, attempt: int) -> Run:
        """The run of this identity, put in front: the one that waits, if it is of this attempt."""
        old = self._runs.pop(key, None)
        return self.put(key, old if old is not None and old.attempt == attempt else Run(attempt))

    def put(self, key: object, run: Run) -> Run:
        self._runs[key] = run
        self._runs.move_to_end(key)
        while len(self._runs) > MOST:
            self._runs.popitem(last=False)
        return run
