"""Straight lines and freehand curves."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from app.scene.ring import Ring
from app.sketch.pen import Pen
from app.sketch.simpler import simpler
from app.sketch.sketch import Sketch
from app.tools.tool import Entry, Nudge, Place
from engine.laws.stroke import Stroke, rounded, rows
from engine.parts import knob
from engine.registry import part

FINE = 0.6  # px that a curve may lie beside the hand's
STRAIGHT, CURVED = "2,14 14,2", "1,12 3,6 5,4 7,5 8,8 9,11 11,12 13,10 15,4"


@part
class LinePen(Pen, frozen=True, tag="line"):
    """From the press to the release, straight or along the hand; a pen that is pressed harder draws denser there."""

    about = "Draws lines and curves of the source or the target, with a round brush."
    rank = 11
    entries = (
        Entry("line", "Line", ("N",), "a straight line", (("way", "straight"),), STRAIGHT),
        Entry("curve", "Curve", ("C",), "a curve by hand", (("way", "by hand"),), CURVED),
    )
    nudges = (Nudge("width", "[", "]"),)
    hint = "drag from one end to the other"

    way: Annotated[Literal["straight", "by hand"], knob("way", editor="hand", tip="Straight, or along the hand.")] = (
        "straight"
    )
    width: Annotated[float, knob("width", 0.0, 20.0, tip="Diameter of the brush; 0: a thin line.")] = 0.1
    weight: Annotated[float, knob("weight", 0.01, 100.0, log=True, tip="How dense: 1 is as dense as the spray.")] = 1.0

    @property
    def traced(self) -> bool:
        return self.way == "by hand"

    def shapes(self, canvas: Sketch, corners: np.ndarray, pressure: np.ndarray, ended: bool) -> tuple[Stroke, ...]:
        kept = simpler(corners, FINE * canvas.step) if self.way == "by hand" else np.array([0, len(corners) - 1])
        corners, dense = corners[kept], pressure[kept]
        length = float(np.linalg.norm(np.diff(corners, axis=0), axis=1).sum())
        along = tuple(np.round(dense, 3).tolist()) if np.ptp(dense) > 0.02 and self.way == "by hand" else ()
        heavy = self.weight * self.ink(canvas, length) * float(pressure.mean())
        return (Stroke("line", rows(corners), weight=rounded(heavy), width=self.width, along=along),)

    def hover(self, canvas: Sketch, at: Place, unit: Place) -> Ring | None:
        if canvas.flat or not self.width:
            return None
        half = self.width / 2 * (float(np.max(canvas.ball.scale)) if canvas.ball is not None else 1.0)
        return Ring(at, (half, half), self.end)
