"""Stamps: any of the laws that have a shape, or what a file holds, as large as the drag."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import numpy as np

from app.sketch.pen import Pen
from app.sketch.sketch import Sketch
from app.tools.tool import Entry
from engine.laws.stroke import Stroke, rounded, rows
from engine.parts import Distribution, Wrong, knob
from engine.registry import kinds, part

USUAL = 6.0  # of the span: the radius of a click's stamp
CLICK = 5.0  # px
LOOKED_AT = 2000  # points that tell how large a law is
Law = Literal[
    "gaussian", "eight gaussians", "two moons", "moons", "ring", "rings", "checkerboard", "spiral", "pinwheel",
    "swiss roll", "S-curve", "uniform box", "torus", "helix", "knot", "linked rings", "solid faces", "two modes",
    "two spirals", "lattice", "star", "heart", "smiley", "dinosaur", "Sierpinski", "fern", "Lissajous",
    "figure-eight knot",
]  # fmt: skip


@part
class StampPen(Pen, frozen=True, tag="stamp"):
    """The law's middle is where the button goes down; the drag gives its radius and its slant."""

    about = "Puts a law into the source or the target, as often as one presses."
    rank = 15
    entries = (
        Entry(
            "stamp",
            "Stamp",
            ("S",),
            "a law, as large as the drag",
            (),
            "2,14 14,14;3,11 13,11 13,9 9.5,9 9,6 10.5,2.5 5.5,2.5 7,6 6.5,9 3,9 3,11",
        ),
    )
    hint = "click · or drag for its size and slant"

    law: Annotated[Law, knob("law", tip="What is stamped.")] = "moons"
    file: Annotated[
        str,
        knob(
            "file",
            tip="A table, cloud, mesh or picture in the law's place, until a law is chosen.",
            editor="path",
        ),
    ] = ""
    weight: Annotated[float, knob("weight", 0.01, 100.0, log=True, tip="How dense: 1 is as dense as the spray.")] = 1.0

    @property
    def on_line(self) -> bool:
        return True

    def turned(self, name: str, value: object) -> StampPen:
        """A law that is chosen takes the place of the file."""
        made = super().turned(name, value)
        return msgspec.structs.replace(made, file="") if name == "law" else made

    def stamped(self) -> Distribution:
        """The law, or that of the file."""
        if not self.file:
            return kinds("distributions")[self.law]()
        picture = self.file.lower().endswith(kinds("distributions")["image"].reads)
        return kinds("distributions")["image" if picture else "file"](path=self.file)

    def shapes(self, canvas: Sketch, corners: np.ndarray, pressure: np.ndarray, ended: bool) -> tuple[Stroke, ...]:
        k = corners.shape[1] if canvas.dim < 3 else 3
        law = self.stamped()
        middle, reach = extent(law, k)
        centre, way = corners[0], corners[-1] - corners[0]
        far = float(np.linalg.norm(way))
        if far <= CLICK * canvas.step:
            way = np.eye(len(centre))[0] * canvas.span / USUAL
            far = canvas.span / USUAL
        first = canvas.lifted((centre + way)[None])[0] - canvas.lifted(centre[None])[0]
        axes = np.atleast_2d(first / reach)
        if k > 1:
            second = canvas.lifted((centre + np.array([-way[1], way[0]]))[None])[0] - canvas.lifted(centre[None])[0]
            axes = np.stack([first, second]) / reach
        if k == 3:
            axes = np.vstack([axes, np.cross(axes[0], axes[1]) * reach / far])
        origin = canvas.lifted(centre[None])[0] - middle @ axes
        heavy = self.weight * self.ink(canvas, 2 * far**2 if k > 1 else 2 * far, min(k, 2))
        points = np.concatenate([origin[None], origin + axes])
        return (Stroke("stamp", rows(points), weight=rounded(heavy), law=law),)

    def dressed(self, canvas: Sketch, stroke: Stroke) -> Stroke:
        made = super().dressed(canvas, stroke)
        return made if stroke.coordinates == 2 else Stroke("stamp", made.points, made.weight, made.label, law=made.law)

    def around(self, stroke: Stroke) -> tuple[Stroke, ...]:
        return super().around(stroke) if stroke.coordinates < 3 else (stroke,)


def extent(law: Distribution, dim: int) -> tuple[np.ndarray, float]:
    """The middle (d,) of a law's points, and how far nearly all of them reach from it."""
    try:
        x = law.sample(LOOKED_AT, dim, np.random.default_rng(0))
    except Wrong:
        return np.zeros(dim), 1.0
    low, high = np.quantile(x, [0.005, 0.995], axis=0)
    return (low + high) / 2, float((high - low).max()) / 2 or 1.0
