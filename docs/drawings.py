"""The panels of the editor for views.md: what a hand draws, as values, without a window."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np

from app.scene.compose import on_page
from app.scene.look import Look
from app.scene.marks import Panel
from app.sketch.pen import Pen
from app.tools.brush import Brush
from app.tools.density import Density
from app.tools.letters import Letters
from app.tools.line import LinePen
from app.tools.polygon import Polygon
from app.tools.select import Select
from app.tools.shape import ShapePen
from app.tools.stamp import StampPen
from engine.codec import build
from engine.preview import preview

UNIT = (0.02, 0.02)
Way = tuple[tuple[float, float], ...]
CURVE = tuple((x, 2.2 + 0.5 * np.sin(2 * x)) for x in np.linspace(0.5, 4.5, 60))
PROFILE = ((1.0, -3.0), (0.85, -2.0), (0.97, -0.6), (0.75, 1.0), (0.98, 2.2))

#: file: dimension, then each pen with where its hand goes; the last pen is in hand
EDITORS: dict[str, tuple[int, tuple[tuple[Pen, Way], ...]]] = {
    "drawn-line": (1, ((Density(end="target"), PROFILE),)),
    "drawn-plane": (
        2,
        (
            (LinePen(end="target", way="by hand", width=0.25), tuple(map(tuple, CURVE))),
            (ShapePen(end="target", fill="outline"), ((2.0, -1.5), (4.5, 0.5))),
            (Letters(end="target", text="Rf"), ((6.5, 1.6), (7.4, 1.9))),
            (StampPen(end="target", law="moons"), ((6.5, -1.5), (7.8, -1.2))),
            (LinePen(end="target", symmetry=5, width=0.1), ((0.0, 3.0), (0.5, 3.6))),
            (Polygon(end="target"), ((-4.0, -3.5), (-2.5, -3.5), (-3.2, -2.2))),
            (Brush(end="target", width=0.8, density=120), ((-4.0, 2.5), (-3.0, 3.0), (-2.5, 2.6))),
            (Select(end="target"), ((5.0, 0.5), (8.4, 0.5), (8.4, 3.2), (5.0, 3.2))),
        ),
    ),
    "drawn-space": (
        3,
        (
            (LinePen(end="target", way="by hand", width=0.7, body="round"), ((2.0, 2.0), (3.5, 3.0), (5.0, 1.5))),
            (ShapePen(end="target", body="revolved"), ((0.6, -3.5), (1.6, -2.0))),
            (Polygon(end="target", body="extruded", depth=2.0), ((-4.0, 2.0), (-2.0, 2.0), (-2.0, 4.0), (-4.0, 3.0))),
        ),
    ),
}


def panel(name: str, look: Look) -> Panel:
    """What the left panel of the stage shows."""
    dim, hands = EDITORS[name]
    asked = build(
        {"dim": dim, "rounds": 0, "source": {"kind": "gaussian"}, "target": {"kind": "gaussian", "mean": 3.0}}
    )
    canvas = hands[0][0].begin(asked)
    for pen, way in hands:
        canvas = pen.press(replace(canvas, camera=None, ball=None), way[0], UNIT)
        for a, b in pairwise(way):
            for share in (0.25, 0.5, 0.75, 1.0):
                canvas = pen.move(canvas, tuple(a + share * np.subtract(b, a)), UNIT)
        canvas = pen.release(canvas)
    pen = hands[-1][0]
    shown = preview(pen.edit(canvas, asked))
    (made,) = on_page([pen.panel(shown, msgspec.structs.replace(look), canvas)])
    return made
