"""Letters, as large as the drag."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from app.sketch.pen import Pen
from app.sketch.sketch import Sketch
from app.tools.tool import Entry
from engine.laws.stroke import Stroke, rounded, rows
from engine.parts import knob
from engine.registry import part

USUAL = 5.0  # of the span: a click's letters
COVERED = 0.4  # of a letter's box by its ink
CLICK = 5.0  # px


@part
class Letters(Pen, frozen=True, tag="letters"):
    """The centre of a line of text is where the button goes down; the drag gives its height and its slant."""

    about = "Writes letters of the source or the target."
    rank = 14
    entries = (
        Entry("letters", "Text", ("K",), "letters, as large as the drag", (), "2,4 2,2 14,2 14,4;8,2 8,14;5,14 11,14"),
    )
    hint = "type the text, then click · or drag for its size and slant"
    dims = (2, 3)

    text: Annotated[str, knob("text", tip="Letters, digits, marks or emoji, on one line.", editor="letters")] = "A"
    font: Annotated[str, knob("font", tip="Of this machine; emoji need one that has them.", editor="font")] = ""
    weight: Annotated[float, knob("weight", 0.01, 100.0, log=True, tip="How dense: 1 is as dense as the spray.")] = 1.0

    def shapes(self, canvas: Sketch, corners: np.ndarray, pressure: np.ndarray, ended: bool) -> tuple[Stroke, ...]:
        centre, way = corners[0], corners[-1] - corners[0]
        far = float(np.linalg.norm(way))
        if far <= CLICK * canvas.step:
            way, far = np.array([canvas.span / USUAL / 2, 0.0]), canvas.span / USUAL / 2
        along = 2 * way  # a drag of half a letter's height
        points = centre + np.array([[0.0, 0.0], along, [-along[1], along[0]]])
        size = COVERED * max(1, len(self.text.strip())) * 0.7 * float(along @ along)
        heavy = rounded(self.weight * self.ink(canvas, size, 2))
        return (Stroke("text", rows(points), weight=heavy, text=self.text, font=self.font),)
