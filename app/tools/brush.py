"""Spray brush and eraser: draws the points of the source or the target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import msgspec
import numpy as np

from app.forms.typed_values import nice, write_number
from app.scene.frame import bounds
from app.scene.layers.clouds import Clouds
from app.scene.layers.time_ends import TimeEnds
from app.scene.look import Look
from app.scene.marks import Panel, Points
from app.scene.ring import Ring
from app.tools.tool import Canvas, Entry, Nudge, Place, Tool, Verb
from engine.parts import Distribution, Wrong, knob
from engine.registry import kinds, part
from engine.snapshot import Snapshot
from engine.spec import Experiment

MOST = 20_000  # points of a drawing
WIDTHS = (0.02, 20.0)  # data units
BAR = 5.0  # px: half the width of the cursor in 1-D


@dataclass(frozen=True, eq=False)
class Sprayed(Canvas):
    """``rows`` are the points (n, k), k at least the dimension: coordinates that are not shown are kept."""

    seed: int = 0
    sprayed: int = 0  # points so far, those of the beginning included: with the seed, what the next ones follow from
    owed: float = 0.0  # a fraction of a point

    @property
    def flat(self) -> bool:
        """The page is (t, x): any t will do, only x counts."""
        return self.dim == 1

    def page(self, t: float) -> np.ndarray:
        """The points on the page (n, 2); in 1-D at time ``t``."""
        if self.flat:
            return np.column_stack([np.full(len(self.rows), t), self.rows[:, :1]])
        return self.rows[:, :2]


def clear(tool: Brush, canvas: Sprayed) -> Sprayed:
    """An empty canvas. The experiment keeps its last drawing until there are points again."""
    return replace(canvas, rows=canvas.rows[:0], did=f"clear {tool.end}") if len(canvas.rows) else canvas


@part
class Brush(Tool, frozen=True, tag="brush"):
    """A disc of paint. New points have 0 in coordinates that are not on the page; old points keep theirs."""

    about = "Sprays points of the source or the target, uniformly in a disc, or erases them."
    rank = 10
    entries = (
        Entry("source", "Draw the source", ("D",), "draw the source with a brush", (("end", "source"),)),
        Entry("target", "Draw the target", ("Shift+D",), "draw the target with a brush", (("end", "target"),)),
    )
    verbs = (Verb("Clear", "an empty canvas", clear),)
    nudges = (Nudge("width", "[", "]"),)
    hint = "hold the button down, and move"
    pulse = 0.04

    end: Annotated[Literal["source", "target"], knob("end", editor="buttons", tip="Which end is drawn.")] = "source"
    mode: Annotated[
        Literal["spray", "eraser"], knob("mode", editor="buttons", tip="Spray points, or erase those under the brush.")
    ] = "spray"
    width: Annotated[
        float, knob("width", *WIDTHS, log=True, tip="Diameter of the brush in data units ( [ and ] ).")
    ] = 0.5
    density: Annotated[
        int, knob("density", 5, 1000, log=True, tip="Points per brush width moved, and per quarter second held still.")
    ] = 60

    @property
    def section(self) -> str:
        return self.end

    @property
    def _t(self) -> float:
        return 0.0 if self.end == "source" else 1.0

    def suited(self, experiment: Experiment) -> Brush:
        """A width of a twelfth of what the two ends span."""
        rng = np.random.default_rng(0)
        try:
            seen = [law.sample(200, experiment.dim, rng) for law in (experiment.source, experiment.target)]
        except Wrong:
            return self
        span = float(np.ptp(np.vstack(seen), axis=0).max())
        return msgspec.structs.replace(self, width=float(np.clip(nice(span / 12, 1), *WIDTHS)))

    def begin(self, experiment: Experiment) -> Sprayed:
        """The points of the end where it is a drawing already, else an empty canvas."""
        rows = points(getattr(experiment, self.end), experiment.dim)
        return Sprayed(experiment.dim, rows, seed=experiment.seed, sprayed=len(rows))

    def press(self, canvas: Sprayed, at: Place, unit: Place) -> Sprayed:
        verb = "erase" if self.mode == "eraser" else "draw"
        begun = replace(canvas, at=at, owed=0.0, did=f"{verb} {self.end}", refused="")
        return self._stamp(begun, at, self.density / 4)

    def move(self, canvas: Sprayed, at: Place, unit: Place) -> Sprayed:
        if canvas.at is None:
            return canvas
        far = abs(at[1] - canvas.at[1]) if canvas.flat else float(np.hypot(*np.subtract(at, canvas.at)))
        return self._stamp(canvas, at, self.density * far / self.width)

    def tick(self, canvas: Sprayed) -> Sprayed:
        """A brush that is held still goes on spraying."""
        if canvas.at is None or self.mode == "eraser":
            return canvas
        return self._stamp(canvas, canvas.at, 4 * self.density * self.pulse)

    def release(self, canvas: Sprayed) -> Sprayed:
        return replace(canvas, at=None, refused="")  # or it would not be said again after the next press

    def hover(self, canvas: Sprayed, at: Place, unit: Place) -> Ring:
        ink = "warning" if self.mode == "eraser" else self.end
        across = BAR * unit[0] if canvas.flat else self.width / 2
        return Ring(at, (across, self.width / 2), ink, bar=canvas.flat)

    def edit(self, canvas: Sprayed, experiment: Experiment) -> Experiment | None:
        if not len(canvas.rows):
            return None
        made = drawn(canvas.rows, getattr(experiment, self.end))
        return msgspec.structs.replace(experiment, **{self.end: made})

    def said(self, canvas: Sprayed) -> str:
        n = len(canvas.rows)
        count = f"{write_number(n)} point{'' if n == 1 else 's'}"
        return count if n else f"{count}: the {self.end} stays as it is"

    def panel(self, snapshot: Snapshot, look: Look, canvas: Sprayed) -> Panel:
        """The other end's cloud and the points; crossings of old pairs would only be in the way."""
        marks = (*TimeEnds().marks(snapshot, look), *Clouds().marks(snapshot, look))
        still = tuple(mark for mark in marks if not (isinstance(mark, Points) and mark.ink == self.end))
        now = Points(canvas.page(self._t), self.end, size=4.0, moving=True)
        caption = "[ and ] change the width, Esc when you are done"
        if canvas.rows.shape[1] > canvas.dim:
            caption += " · old points keep the coordinates that are not shown"
        title, equal = f"Draw the {self.end}", snapshot.spec.dim > 1
        return Panel(title, "plane", (*still, now), bounds(snapshot), caption, equal=equal)

    def _stamp(self, canvas: Sprayed, to: Place, amount: float) -> Sprayed:
        """The brush moves on to a place: about ``amount`` points are sprayed on the way, or those there are erased."""
        at, rows = canvas.at, canvas.rows
        if self.mode == "eraser":
            keep = distance(canvas.page(self._t), at, to, canvas.flat) > self.width / 2
            return replace(canvas, at=to, rows=rows if keep.all() else rows[keep])
        owed = canvas.owed + amount
        wanted, room = int(owed), MOST - len(rows)
        n, full = min(wanted, room), f"A drawing has {write_number(MOST)} points at most: erase some to go on."
        new = np.zeros((n, rows.shape[1]))
        puff = self._puff(np.random.default_rng([canvas.seed, canvas.sprayed]), at, to, n, canvas.flat)
        new[:, : puff.shape[1]] = np.round(puff, 4)
        return replace(
            canvas,
            at=to,
            rows=np.concatenate([rows, new]) if n else rows,
            sprayed=canvas.sprayed + n,
            owed=owed - wanted,
            refused=full if n < wanted else canvas.refused,
        )

    def _puff(self, rng: np.random.Generator, a: Place, b: Place, n: int, flat: bool) -> np.ndarray:
        """``n`` points uniform in the disc, its centre uniform on the segment: (n, 2), in 1-D (n, 1)."""
        centre = np.asarray(a) + rng.random((n, 1)) * np.subtract(b, a)
        if flat:
            return centre[:, 1:] + self.width / 2 * rng.uniform(-1, 1, (n, 1))
        angle = rng.uniform(0, 2 * np.pi, n)
        radius = self.width / 2 * np.sqrt(rng.random(n))
        return centre + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


def drawn(rows: np.ndarray, old: Distribution) -> Distribution:
    """The drawing with these points (n, k); its other knobs stay if ``old`` is a drawing."""
    cls = kinds("distributions")["drawn"]
    return msgspec.structs.replace(old if isinstance(old, cls) else cls(), dots=tuple(map(tuple, rows.tolist())))


def points(law: Distribution, dim: int) -> np.ndarray:
    """The points of a drawing (n, k) with all their coordinates, k at least ``dim``; none of any other distribution."""
    if not isinstance(law, kinds("distributions")["drawn"]):
        return np.zeros((0, dim))
    rows = np.asarray(law.dots, float)
    return np.pad(rows, ((0, 0), (0, max(0, dim - rows.shape[1]))))


def distance(xy: np.ndarray, a: Place, b: Place, flat: bool) -> np.ndarray:
    """Distance (n,) of points (n, 2) from the segment a-b; of their second coordinates alone where ``flat``."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    if flat:
        xy, a, b = xy * [0, 1], a * [0, 1], b * [0, 1]
    along = b - a
    length = float(along @ along)
    s = np.clip((xy - a) @ along / length, 0, 1)[:, None] if length > 0 else 0.0
    return np.linalg.norm(xy - a - s * along, axis=1)
