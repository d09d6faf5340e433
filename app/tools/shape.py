"""Ellipses, circles and boxes, filled or as outlines."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from app.sketch.pen import Pen
from app.sketch.sketch import Sketch
from app.tools.tool import Entry
from engine.laws.stroke import Stroke, rounded, rows
from engine.parts import knob
from engine.registry import part

OVAL = "15,8 14.2,10.6 12,12.6 9,13.5 6.5,13.4 3.6,12.4 1.7,10.4 1,8 1.8,5.4 4,3.4 7,2.5 9.5,2.6 12.4,3.6 14.3,5.6 15,8"


@part
class ShapePen(Pen, frozen=True, tag="shape"):
    """Ellipse and box from corner to corner, a circle from its centre to its rim."""

    about = "Draws ellipses, circles and boxes of the source or the target, filled or as outlines."
    rank = 13
    entries = (Entry("ellipse", "Ellipse, circle, box", ("O",), "filled or as an outline", (), OVAL),)
    hint = "drag from corner to corner; a circle from its centre"
    dims = (2, 3)

    shape: Annotated[Literal["ellipse", "circle", "box"], knob("shape", tip="What a drag draws.")] = "ellipse"
    fill: Annotated[Literal["filled", "outline"], knob("fill", tip="Its area, or its outline.")] = "filled"
    weight: Annotated[float, knob("weight", 0.01, 100.0, log=True, tip="How dense: 1 is as dense as the spray.")] = 1.0

    def shapes(self, canvas: Sketch, corners: np.ndarray, pressure: np.ndarray, ended: bool) -> tuple[Stroke, ...]:
        a, b = corners[0], corners[-1]
        filled = self.fill == "filled"
        if self.shape == "box":
            ring = np.array([a, [b[0], a[1]], b, [a[0], b[1]]])
            size = float(np.prod(np.abs(b - a))) if filled else 2 * float(np.abs(b - a).sum())
            kind, points = ("area", ring) if filled else ("line", np.concatenate([ring, ring[:1]]))
        else:
            centre, half = (
                (a, np.full(2, np.linalg.norm(b - a))) if self.shape == "circle" else ((a + b) / 2, (b - a) / 2)
            )
            points = centre + np.array([[0.0, 0.0], [half[0], 0.0], [0.0, half[1]]])
            around = 2 * np.pi * float(np.sqrt((half**2).mean()))
            size = float(np.pi * np.abs(half).prod()) if filled else around
            kind = "disc" if filled else "rim"
        heavy = self.weight * self.ink(canvas, size, 2 if filled else 1)
        return (Stroke(kind, rows(points), weight=rounded(heavy)),)
