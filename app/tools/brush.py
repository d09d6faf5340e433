"""Spray brush and eraser: draws the points of the source or the target."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np

from app.forms.typed_values import write_number
from app.scene.ring import Ring
from app.sketch.pen import Pen
from app.sketch.sketch import Sketch, sampled, sketch
from app.tools.tool import Entry, Nudge, Place
from engine.laws.outlines import ball, near
from engine.laws.stroke import HOME, Stroke
from engine.parts import Distribution, knob
from engine.registry import part

MOST = 20_000  # points of a drawing
WIDTHS = (0.02, 20.0)  # data units
BAR = 5.0  # px: half the width of the cursor in 1-D
LOOKED_AT = 300  # points of a stroke that tell whether anything is left of it
SPRAY = "6,7 11,7 11,15 6,15 6,7;7,7 7,4 10,4 10,7;3,2 3,2.6;1,4 1,4.6;3,6 3,6.6;1,1 1,1.6"
ERASER = "2,11 9,4 14,9 9,14 5,14 2,11;6,7 11,12;5,14 14,14"
WORTH = 0.25  # of the brush's width, between two corners of a hole


@part
class Brush(Pen, frozen=True, tag="brush"):
    """A disc of paint. New points have 0 in coordinates that are not on the page; old points keep theirs."""

    about = "Sprays points of the source or the target, uniformly in a disc, or erases them."
    rank = 10
    entries = (
        Entry(
            "source", "Draw the source", ("D",), "draw the source with a brush", (("end", "source"), ("mode", "spray"))
        ),
        Entry("target", "Draw the target", ("Shift+D",), "and the target", (("end", "target"), ("mode", "spray"))),
        Entry("spray", "Spray", ("B",), "points under a brush", (("mode", "spray"),), SPRAY),
        Entry("erase", "Erase", ("E",), "points and parts of strokes", (("mode", "eraser"),), ERASER),
    )
    nudges = (Nudge("width", "[", "]"),)
    hint = "hold the button down, and move"
    pulse = 0.04
    snaps = False

    mode: Annotated[
        Literal["spray", "eraser"], knob("mode", editor="hand", tip="Spray points, or erase those under the brush.")
    ] = "spray"
    width: Annotated[
        float, knob("width", *WIDTHS, log=True, tip="Diameter of the brush in data units ( [ and ] ).")
    ] = 0.5
    density: Annotated[
        int, knob("density", 5, 1000, log=True, tip="Points per brush width moved, and per quarter second held still.")
    ] = 60

    def press(self, canvas: Sketch, at: Place, unit: Place) -> Sketch:
        spot = canvas.spot(at)
        if spot is None:
            return replace(canvas, refused="The work plane is not under the cursor: turn the picture, or the plane.")
        verb = "erase" if self.mode == "eraser" else "draw"
        trail = (tuple(spot.tolist()),)
        begun = replace(canvas, at=at, unit=unit, owed=0.0, did=f"{verb} {self.end}", refused="", trail=trail)
        begun = replace(begun, before=canvas, chosen=frozenset(), picked=canvas.picked[:0])
        return self._stamp(begun, spot, self.density / 4)

    def move(self, canvas: Sketch, at: Place, unit: Place) -> Sketch:
        spot = canvas.spot(at) if canvas.at is not None else None
        if spot is None:
            return canvas
        far = float(np.linalg.norm(spot - canvas.trail[-1]))
        return self._stamp(replace(canvas, at=at, unit=unit), spot, self.density * far / self.width)

    def tick(self, canvas: Sketch) -> Sketch:
        """A brush that is held still goes on spraying."""
        if canvas.at is None or self.mode == "eraser":
            return canvas
        return self._stamp(canvas, np.array(canvas.trail[-1]), 4 * self.density * self.pulse)

    def release(self, canvas: Sketch) -> Sketch:
        """What an eraser has been over becomes holes of the strokes there; one that is all gone goes."""
        canvas = replace(canvas, strokes=self._erased(canvas)) if self.mode == "eraser" and canvas.trail else canvas
        return replace(canvas, at=None, trail=(), before=None, refused="")

    def hover(self, canvas: Sketch, at: Place, unit: Place) -> Ring:
        ink = "warning" if self.mode == "eraser" else self.end
        if canvas.ball is not None:
            half = self.width / 2 * float(np.max(canvas.ball.scale))
            return Ring(at, (half, half), ink)
        across = BAR * unit[0] if canvas.flat else self.width / 2
        return Ring(at, (across, self.width / 2), ink, bar=canvas.flat)

    def _stamp(self, canvas: Sketch, to: np.ndarray, amount: float) -> Sketch:
        """The brush moves on to a place: about ``amount`` points are sprayed on the way, or those there are erased."""
        last, rows, k = np.array(canvas.trail[-1]), canvas.rows, len(to)
        way = np.stack([last, to])
        if self.mode == "eraser":
            moved = np.linalg.norm(to - canvas.trail[-1]) > WORTH * self.width or len(canvas.trail) == 1
            trail = (*canvas.trail, tuple(to.tolist())) if moved else canvas.trail
            gone = np.zeros(len(rows), bool)
            for turn in self.turns(k):
                places = canvas.lifted(way @ turn.T)
                gone |= near(rows[:, : places.shape[1]], places) <= self.width / 2
            return replace(canvas.without(gone), trail=trail)
        owed = canvas.owed + amount * canvas.pressure
        wanted, room = int(owed), MOST - len(rows)
        n, full = min(wanted, room), f"A drawing has {write_number(MOST)} points at most: erase some to go on."
        rng = np.random.default_rng([canvas.seed, canvas.sprayed])
        puff, turns = self._puff(rng, *way, n), self.turns(k)
        for j, turn in enumerate(turns[1:], 1):  # of n points each part of the symmetry gets its share
            puff[j :: len(turns)] = puff[j :: len(turns)] @ turn.T
        if canvas.dim == 3 and self.body != "flat":
            puff = np.column_stack([puff, self._beside(rng, n)])
        puff = canvas.lifted(puff)
        new = np.zeros((n, rows.shape[1]))
        new[:, : puff.shape[1]] = np.round(puff, 4)
        return replace(
            canvas.added(new, self.label) if n else canvas,
            trail=(tuple(to.tolist()),),
            sprayed=canvas.sprayed + n,
            owed=owed - wanted,
            refused=full if n < wanted else canvas.refused,
        )

    def _beside(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """How far beside the work plane the points lie (n,): a brush that is round is as thick as wide."""
        if self.body in ("round", "revolved"):
            return self.width / 2 * ball(n, 3, rng)[:, 2]
        return self.depth * (rng.random(n) - (0.0 if self.body == "extruded" else 0.5))

    def _puff(self, rng: np.random.Generator, a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
        """``n`` points uniform in the disc, its centre uniform on the segment: (n, 2), in 1-D (n, 1)."""
        centre = a + rng.random((n, 1)) * (b - a)
        if len(a) == 1:
            return centre + self.width / 2 * rng.uniform(-1, 1, (n, 1))
        angle = rng.uniform(0, 2 * np.pi, n)
        radius = self.width / 2 * np.sqrt(rng.random(n))
        return centre + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])

    def _erased(self, canvas: Sketch) -> tuple[Stroke, ...]:
        """The strokes with a hole where the eraser went over them."""
        made, trail = [], np.array(canvas.trail)
        for stroke in canvas.strokes:
            hit = stroke
            for turn in self.turns(trail.shape[1]):
                hit = self._cut(canvas, hit, trail @ turn.T)
            if hit is stroke or len(sampled(hit, canvas.dim, LOOKED_AT)):
                made.append(hit)
        return tuple(made)

    def _cut(self, canvas: Sketch, stroke: Stroke, trail: np.ndarray) -> Stroke:
        """The stroke without what lies along the trail; itself where nothing does."""
        k, dim = stroke.coordinates, canvas.dim
        seen = sampled(stroke, dim, LOOKED_AT)
        places = canvas.lifted(trail)
        if k > places.shape[1] or not (near(seen[:, : places.shape[1]], places) <= self.width / 2).any():
            return stroke
        if dim == 3 and k == 2:  # as it is seen on the stroke's own plane
            origin, first, second = np.reshape(stroke.plane or HOME, (3, 3))
            places = (places - origin) @ np.stack([first, second]).T
        if k < places.shape[1]:
            return stroke
        return stroke.erased(places[:, :k], self.width)


def points(law: Distribution, dim: int) -> np.ndarray:
    """The points of a drawing (n, k) with all their coordinates, k at least ``dim``; none of any other distribution."""
    return sketch(law, dim).rows
