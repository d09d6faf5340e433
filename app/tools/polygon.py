"""Polygons: corner by corner with clicks, or along the hand with a drag."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np

from app.scene.marks import Lines, Mark, Points
from app.sketch.pen import Pen
from app.sketch.simpler import simpler
from app.sketch.sketch import Sketch
from app.tools.tool import Entry, Verb
from engine.laws.outlines import slabs
from engine.laws.stroke import Stroke, rounded, rows
from engine.parts import Wrong, knob
from engine.registry import part

CLICK = 5.0  # px that the cursor may move in a click
CLOSE = 10.0  # px around the first corner, within which a click closes the outline
MOST = 400  # corners


def close(tool: Polygon, canvas: Sketch) -> Sketch:
    """The outline of the corners so far."""
    if len(canvas.corners) < 2:
        return canvas
    return tool.closed(replace(canvas, corners=()), np.array(canvas.corners))


def back(tool: Polygon, canvas: Sketch) -> Sketch:
    """Without the last corner."""
    if not canvas.corners:
        return canvas
    return replace(canvas, corners=canvas.corners[:-1], did="take a corner back")


@part
class Polygon(Pen, frozen=True, tag="polygon"):
    """A click is a corner, and one on the first corner closes the outline; a drag is the whole outline."""

    about = "Draws polygons of the source or the target, filled (even-odd where they cross themselves) or as outlines."
    rank = 12
    entries = (
        Entry("polygon", "Polygon", ("J",), "corner by corner, or along the hand", (), "8,1 15,6 12,14 4,14 1,6 8,1"),
    )
    verbs = (
        Verb("Close", "close the outline", close, ("Return", "Enter")),
        Verb("Back", "take the last corner back", back, ("Del",)),
        *Pen.verbs,
    )
    traced = True
    hint = "click corners, the first one again closes · or drag around"
    dims = (2, 3)

    fill: Annotated[Literal["filled", "outline"], knob("fill", tip="Its area, or its outline.")] = "filled"
    weight: Annotated[float, knob("weight", 0.01, 100.0, log=True, tip="How dense: 1 is as dense as the spray.")] = 1.0

    def shapes(self, canvas: Sketch, corners: np.ndarray, pressure: np.ndarray, ended: bool) -> tuple[Stroke, ...]:
        if canvas.before.corners or float(np.ptp(corners, axis=0).max()) <= CLICK * canvas.step:
            return ()
        return self._outline(canvas, corners[simpler(corners, canvas.step, MOST)])

    def release(self, canvas: Sketch) -> Sketch:
        """A click is one more corner."""
        if canvas.at is None or canvas.before is None or canvas.flat:
            return super().release(canvas)
        trail, held = np.array(canvas.trail)[:, :-1], canvas.before.corners
        if not held and float(np.ptp(trail, axis=0).max()) > CLICK * canvas.step:
            return super().release(canvas)
        spot, rests = trail[-1], replace(canvas, at=None, trail=(), before=None, refused="")
        if len(held) > 2 and float(np.linalg.norm(spot - held[0])) <= CLOSE * canvas.step:
            return close(self, replace(rests, corners=held))
        return replace(rests, corners=(*held, tuple(spot.tolist())), did="put a corner")

    def closed(self, canvas: Sketch, corners: np.ndarray) -> Sketch:
        made = tuple(self.dressed(canvas, stroke) for stroke in self._outline(canvas, corners))
        made = tuple(turned for stroke in made for turned in self.around(stroke))
        return replace(canvas, strokes=(*canvas.strokes, *made), did=f"draw {self.end}")

    def _outline(self, canvas: Sketch, corners: np.ndarray) -> tuple[Stroke, ...]:
        ring = np.concatenate([corners, corners[:1]])
        filled = self.fill == "filled"
        size = area(corners) if filled else float(np.linalg.norm(np.diff(ring, axis=0), axis=1).sum())
        heavy = rounded(self.weight * self.ink(canvas, size, 2 if filled else 1))
        return (Stroke("area" if filled else "line", rows(corners if filled else ring), weight=heavy),)

    def guides(self, canvas: Sketch) -> tuple[Mark, ...]:
        """The outline so far."""
        made = super().guides(canvas)
        if not canvas.corners or canvas.flat:
            return made
        places = canvas.lifted(np.array(canvas.corners))
        return (*made, Lines(places[None], "text", width=1.2, moving=True), Points(places, "text", 6.0, moving=True))


def area(corners: np.ndarray) -> float:
    """Of what is inside, by the even-odd rule; 0 where that cannot be told."""
    try:
        low, high, left, right, left2, right2 = slabs(corners.tobytes()).T
    except Wrong:
        return 0.0
    return float(((high - low) * (right - left + right2 - left2) / 2).sum())
