"""Grids of times 0 = t_0 < t_1 < ... < t_N = 1 as people type them: a word, a formula in t, or the times themselves.

A formula g sets t_k = g(k/N): ``t^2`` looks more closely at the source, ``1 - (1-t)^2`` at the target.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.motion.formula import read
from engine.parts import Wrong

WORDS = {"uniform": "t", "cosine": "(1 - cos(pi*t))/2"}
LONGEST = 200_000  # characters of a list
LEAST = 1e-9  # between two times
NEAR = 1e-9  # of a formula's ends to 0 and 1


def listed(text: str) -> tuple[float, ...] | None:
    """The times that are typed one by one, without 0 and 1; None where the text is a word or a formula. Raises Wrong
    unless they rise within (0, 1)."""
    pieces = [piece.strip() for piece in text.strip().strip("()[]").replace(";", ",").split(",")]
    if len(pieces) == 1 and not _number(pieces[0]):
        return None
    if len(text) > LONGEST:
        raise Wrong("", f"{len(text):,} characters are too many; give {LONGEST:,} at most")
    if odd := next((piece for piece in pieces if not _number(piece)), None):
        raise Wrong("", f"{odd[:40]!a} is not a number; give times between 0 and 1, as in 0.1, 0.5")
    times = [float(piece) for piece in pieces if piece]
    times = times[times[:1] == [0.0] : len(times) - (times[-1:] == [1.0])]
    for k, t in enumerate(times):
        if not 0 < t < 1:
            raise Wrong("", f"time {k + 1} is {t:g}; times stand between 0 and 1, and both ends are added")
        if k and t - times[k - 1] < LEAST:
            raise Wrong("", f"time {k + 1} is {t:g}, after {times[k - 1]:g}; times must rise")
    return tuple(times)


def _number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


@lru_cache(maxsize=64)
def times(text: str, steps: int) -> np.ndarray:
    """The grid (steps + 1,), read-only. Raises Wrong."""
    even = np.arange(steps + 1) / steps
    inner = listed(text)
    if inner is not None:
        if len(inner) + 1 != steps:
            raise Wrong("", f"{len(inner)} times between 0 and 1 make {len(inner) + 1} steps, but steps is {steps}")
        grid = np.array([0.0, *inner, 1.0])
    else:
        grid = even if text.strip() == "uniform" else _spaced(WORDS.get(text.strip(), text), even)
    grid.setflags(write=False)
    return grid


def _spaced(text: str, even: np.ndarray) -> np.ndarray:
    formula = read(text)
    with np.errstate(all="ignore"):
        grid = formula(even)
    for k, end in ((0, 0), (-1, 1)):
        if not abs(grid[k] - end) <= NEAR:
            raise Wrong("", f"the formula is {grid[k]:.6g} at t = {end}; a grid needs {end} there")
    grid[0], grid[-1] = 0.0, 1.0
    flat = ~(np.diff(grid) >= LEAST)
    if flat.any():
        k = int(flat.argmax())
        raise Wrong("", f"times must rise, and step {k + 1} goes from {grid[k]:.10g} to {grid[k + 1]:.10g}")
    return grid
