"""New pairs of the first coupling, lot after lot: each pair is trained on once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

Pairs = tuple[np.ndarray, np.ndarray]  # X0, X1, (n, d) each
#: Lot number k of at least n pairs: in slices, the share done after each one, the pairs at the end.
Drawing = Callable[[int, int], Iterator[float | Pairs]]


class Lots:
    """Which lot is in use, and how many of its pairs are used up.

    A lot follows from its number alone, so a training that goes on elsewhere has the same pairs.
    """

    def __init__(self, draw: Drawing) -> None:
        self._draw = draw
        self._under_way: Iterator[float | Pairs] | None = None
        self.number = -1  # none yet
        self.size = self.used = 0

    @property
    def left(self) -> int:
        return self.size - self.used

    def leave(self) -> None:
        """What is left of this lot is not used: the next one comes."""
        self.size = self.used = 0
        self._under_way = None

    def work(self, least: int) -> Pairs | None:
        """One slice of drawing the next lot, of ``least`` pairs or more; its pairs, once they are there. Raises
        Wrong."""
        slices, self._under_way = self._under_way or self._draw(self.number + 1, least), None
        found = next(slices)
        if not isinstance(found, tuple):
            self._under_way = slices  # to go on with; after an error there is nothing to go on with
            return None
        self.number, self.size, self.used = self.number + 1, len(found[0]), 0
        return found

    def again(self, number: int, least: int) -> Pairs:
        """The pairs of the lot that was in use, all at once."""
        *_, found = self._draw(number, least)
        self.number, self.size, self.used = number, len(found[0]), 0
        return found
