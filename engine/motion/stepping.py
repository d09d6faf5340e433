"""Solvers go from time to time over a grid, in either direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from engine.fields.field import Array, Field
from engine.motion.grid import listed, times
from engine.motion.stopping import heed
from engine.parts import Path, Solver, Wrong

HALVINGS = 10  # of the last step when v is singular at t = 1; what is left of it is one Euler step


class Stepping(Solver):
    """A solver that goes over its own grid, or any other."""

    def check(self, dim: int) -> None:
        try:
            self.times()
        except Wrong as wrong:
            raise wrong.within("grid") from None

    def turned(self, name: str, value: Any) -> Solver:
        """Times typed one by one set the number of steps; another number of steps needs another grid."""
        part = super().turned(name, value)
        try:
            inner = listed(part.grid)
        except Wrong:
            return part  # its check says so
        if name == "grid" and inner is not None:
            return super(Stepping, part).turned("steps", len(inner) + 1)
        if name == "steps" and inner is not None and len(inner) + 1 != value:
            return super(Stepping, part).turned("grid", "uniform")
        return part

    def times(self) -> np.ndarray:
        """The grid (steps + 1,), from 0 to 1. Raises Wrong."""
        return times(self.grid, self.steps)

    def march(self, v: Field, x: Array, path: Path | None = None) -> Iterator[tuple[float, Array]]:
        grid = self.times()
        if not self.backward:
            return self.along(grid, v, x, path)
        if v.singular:
            raise Wrong("solver.direction", "this flow ends in single points, and no way leads back from there")
        return self.along(grid[::-1], v, x, path)

    def along(
        self, grid: Iterable[float], v: Field, x: Array, path: Path | None = None
    ) -> Iterator[tuple[float, Array]]:
        """(t, Z_t) at all these times, in their order; x is the state at the first.

        A field that is ``singular`` at t = 1 is never evaluated there: methods that would do so stop shortly before
        and end with one Euler step, which is exact for such fields.
        """
        grid = [float(t) for t in grid]
        yield grid[0], x
        for t, s in pairwise(grid):
            if s == 1.0 and self.evaluations > 1 and v.singular:
                rest = 1.0 - t
                for _ in range(HALVINGS):
                    heed()
                    rest /= 2
                    x = self.step(v, x, 1.0 - 2 * rest, rest)
                x = x + rest * v(x, 1.0 - rest)
            else:
                x = self.go(v, x, t, s, path)
            yield s, x

    def go(self, v: Field, x: Array, t: float, s: float, path: Path | None) -> Array:
        """Z_s from Z_t = x: one step, for methods that know how to use the path."""
        return self.step(v, x, t, s - t)
