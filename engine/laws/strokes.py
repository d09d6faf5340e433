"""Shapes of the plane made of lines: uniform by length along them, or uniform by area inside a closed one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

FINE = 64  # pieces between two places of a smooth line


@dataclass(frozen=True, eq=False)
class Strokes:
    """Polylines (k, 2) each: a point is on each of them in proportion to its length."""

    lines: tuple[np.ndarray, ...]

    @cached_property
    def _pieces(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Start and direction (m, 2) of every straight piece, its line (m,), and the lengths so far (m + 1,)."""
        start = np.concatenate([line[:-1] for line in self.lines])
        along = np.concatenate([np.diff(line, axis=0) for line in self.lines])
        which = np.repeat(np.arange(len(self.lines)), [len(line) - 1 for line in self.lines])
        return start, along, which, np.concatenate([[0.0], np.cumsum(np.linalg.norm(along, axis=1))])

    @property
    def length(self) -> float:
        return float(self._pieces[3][-1])

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """``n`` points (n, 2) uniform by length, and the line (n,) of each."""
        start, along, which, so_far = self._pieces
        at = rng.random(n) * so_far[-1]
        piece = np.minimum(np.searchsorted(so_far, at, side="right") - 1, len(start) - 1)
        share = (at - so_far[piece]) / np.diff(so_far)[piece]
        return start[piece] + share[:, None] * along[piece], which[piece]


def smooth(places: Sequence[tuple[float, float]], closed: bool = True) -> np.ndarray:
    """The centripetal Catmull-Rom curve through the places, as a polyline (k, 2)."""
    p = np.asarray(places, float)
    p = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)))])
    found = []
    for k in range(1, len(p) - 2):
        t, (a, b, c, d) = np.linspace(knots[k], knots[k + 1], FINE, endpoint=False)[:, None], p[k - 1 : k + 3]
        ta, tb, tc, td = knots[k - 1 : k + 3]
        ab, bc, cd = (
            ((hi - t) * x + (t - lo) * y) / (hi - lo)
            for lo, hi, x, y in ((ta, tb, a, b), (tb, tc, b, c), (tc, td, c, d))
        )
        left, right = ((tc - t) * ab + (t - ta) * bc) / (tc - ta), ((td - t) * bc + (t - tb) * cd) / (td - tb)
        found.append(((tc - t) * left + (t - tb) * right) / (tc - tb))
    return np.concatenate([*found, p[-2:-1]])


def circle(x: float, y: float, radius: float, start: float = 0.0, end: float = 2 * np.pi) -> np.ndarray:
    """An arc about (x, y) as a polyline (k, 2)."""
    a = np.linspace(start, end, 8 * FINE + 1)
    return np.column_stack([x + radius * np.cos(a), y + radius * np.sin(a)])


def inside(outline: np.ndarray, centre: np.ndarray, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """``n`` points (n, 2) uniform by area in a closed polyline (k, 2) that is seen whole from its ``centre`` (2,): a
    fan of triangles; and the piece (n,) of the outline that each one's triangle stands on."""
    spokes = outline - centre
    u, v = spokes[:-1], spokes[1:]
    so_far = np.cumsum(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]))
    piece = np.minimum(np.searchsorted(so_far, rng.random(n) * so_far[-1], side="right"), len(u) - 1)
    out, over = np.sqrt(rng.random((n, 1))), rng.random((n, 1))
    return centre + out * ((1 - over) * u[piece] + over * v[piece]), piece
