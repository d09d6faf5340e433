"""A density on the line, drawn as a curve beside its axis."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Annotated

import msgspec
import numpy as np

from app.scene.marks import Mark
from app.sketch.pen import Pen
from app.sketch.profile import WIDE, beside
from app.sketch.simpler import simpler
from app.sketch.sketch import Sketch
from app.tools.tool import Entry, Place
from engine.laws.stroke import Stroke, rows
from engine.parts import knob
from engine.registry import part

PROFILE = "2,1 2,15;2,3 4,4 8,6 12,8 9,10 5,11 3,13"
FINE = 400  # places of the span that a density is told at
LEVEL = 2e-3  # of the highest: how far a kept corner may lie beside the hand's


@part
class Density(Pen, frozen=True, tag="density"):
    """Where the hand goes, the density becomes as high as the hand is away from the axis; elsewhere it stays. What
    counts is its shape: it is normalised, and drawn from by inversion."""

    about = "Draws the density of the source or the target on the line, beside its axis."
    rank = 16
    entries = (
        Entry("density", "Density", ("U",), "a curve beside the axis", (), "2,1 2,15;2,3 4,4 8,6 12,8 9,10 5,11 3,13"),
    )
    hint = "draw the curve beside the axis, as wide as it is dense there"
    dims = (1,)

    weight: Annotated[float, knob("weight", 0.01, 100.0, log=True, tip="Of the whole curve, beside other strokes.")] = (
        1.0
    )

    @property
    def on_line(self) -> bool:
        return True

    def spot(self, canvas: Sketch, at: Place) -> tuple[float, ...] | None:
        """On the line the place, then the height."""
        if not canvas.flat:
            return super().spot(canvas, at)
        x = round(at[1] / self.grid) * self.grid if self.grid > 0 else at[1]
        return float(x), max(0.0, (at[0] - self._t) * (1 - 2 * self._t) / WIDE)

    def shapes(self, canvas: Sketch, corners: np.ndarray, pressure: np.ndarray, ended: bool) -> tuple[Stroke, ...]:
        """In more dimensions it is a line like any other."""
        kept = corners[simpler(corners, canvas.step)]
        length = float(np.linalg.norm(np.diff(kept, axis=0), axis=1).sum())
        return (Stroke("line", rows(kept), weight=self.weight * self.ink(canvas, length)),)

    def _drawn(self, canvas: Sketch, ended: bool = False) -> Sketch:
        if not canvas.flat:
            return super()._drawn(canvas, ended)
        old = curve(canvas.before)
        trails = [np.array(canvas.trail)] + [np.array(canvas.trail) * (-1, 1)] * (self.symmetry > 1)
        x, dense = (np.zeros(0),) * 2 if old is None else (old.corners[:, 0], np.array(old.along))
        for trail in trails:
            x, dense = over(x, dense, trail, canvas.span / FINE)
        rest = tuple(stroke for stroke in canvas.before.strokes if stroke is not old)
        if not dense.any():
            return replace(canvas, strokes=rest)
        size = float(np.ptp(x)) or 1.0
        kept = simpler(np.column_stack([x / size, dense / dense.max()]), LEVEL) if ended else np.arange(len(x))
        made = Stroke(
            "line",
            rows(x[kept, None]),
            weight=old.weight if old is not None else self.weight * self.ink(canvas, size),
            along=tuple(np.round(dense[kept], 4).tolist()),
        )
        return replace(canvas, strokes=(*rest, self.dressed(canvas, made)))

    def guides(self, canvas: Sketch) -> tuple[Mark, ...]:
        """The curve as it was drawn, and its axis is the end's."""
        made, found = super().guides(canvas), curve(canvas)
        if found is None or not canvas.flat:
            return made
        return (*made, beside(found.corners[:, 0], np.array(found.along), int(self._t), "text", width=2.0))

    def dressed(self, canvas: Sketch, stroke: Stroke) -> Stroke:
        return msgspec.structs.replace(super().dressed(canvas, stroke), plane=())


def curve(canvas: Sketch) -> Stroke | None:
    """The density of a sketch that a hand goes on with; None where there is none."""
    found = [s for s in canvas.strokes if s.coordinates == 1 and s.along]
    return found[-1] if found else None


def over(x: np.ndarray, dense: np.ndarray, trail: np.ndarray, fine: float) -> tuple[np.ndarray, np.ndarray]:
    """A density with a hand's trail (n, 2) of places and heights drawn over it, told every ``fine`` there; where the
    hand comes back, the later height holds."""
    low, high = trail[:, 0].min(), trail[:, 0].max()
    first = int(np.floor(low / fine))
    height = np.full(int(np.ceil(high / fine)) - first + 1, np.nan)
    at = fine * (first + np.arange(len(height)))
    height[np.clip(np.round(trail[:, 0] / fine).astype(int) - first, 0, len(height) - 1)] = trail[:, 1]
    for a, b in pairwise(trail):
        i, j = sorted(int(np.round(c / fine)) - first for c in (a[0], b[0]))
        if j > i:
            share = (at[i : j + 1] - a[0]) / (b[0] - a[0])
            height[i : j + 1] = a[1] + np.clip(share, 0, 1) * (b[1] - a[1])
    known = np.flatnonzero(~np.isnan(height))
    at, height = at[known], height[known]
    edges = np.array([at[0] - fine, at[-1] + fine])
    beyond = np.interp(edges, x, dense, left=0.0, right=0.0) if len(x) else np.zeros(2)
    left, right = x < edges[0], x > edges[1]
    places = np.concatenate([x[left], edges[:1], at, edges[1:], x[right]])
    return places, np.concatenate([dense[left], beyond[:1], height, beyond[1:], dense[right]])
