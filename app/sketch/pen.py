"""What all pens have: an end that they draw, a class, symmetry, a grid; and a stroke that follows from a trail."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np

from app.forms.typed_values import nice, write_number
from app.scene.frame import clouds, framed
from app.scene.layers.clouds import Clouds
from app.scene.layers.time_ends import TimeEnds
from app.scene.look import Look
from app.scene.marks import Lines, Mark, Panel, Points
from app.scene.projection import Ball
from app.sketch import work_plane
from app.sketch.profile import beside, estimated
from app.sketch.simpler import simpler
from app.sketch.sketch import Sketch, sampled, sketch
from app.tools.tool import Place, Tool, Verb
from engine.laws.stroke import Stroke, rounded, rows
from engine.parts import Wrong, knob
from engine.snapshot import Snapshot
from engine.spec import Experiment

MOST_STROKES = 500
DOTS = 60  # a stroke as large as the brush, a twelfth of the span, weighs as many sprayed dots
PARTS = 12  # of the span: the usual brush
HOLD = 1900  # places of a trail: then it is made simpler
ENDS = ("source", "target")
FAINT = 0.7  # of the usual alpha: the other end's cloud stands behind
IN_SPACE = " · on the grid: X, Y, Z, Q turn it, . and , move it, a right drag orbits"


def clear(tool: Pen, canvas: Sketch) -> Sketch:
    """An empty canvas. The experiment keeps its last drawing until there is something again."""
    if not canvas.count and not canvas.corners:
        return canvas
    return replace(
        canvas, rows=canvas.rows[:0], strokes=(), corners=(), chosen=frozenset(), picked=canvas.picked[:0],
        did=f"clear {tool.end}",
    )  # fmt: skip


class Pen(Tool, frozen=True):
    """Places are on the work plane: the page itself but in space. A pen says what ``shapes`` a trail means."""

    palette = "drawing"
    spatial = True
    aside = ("label", "symmetry", "grid", "body", "depth")
    solid = ("body", "depth")
    verbs = (Verb("Clear", "an empty canvas", clear), *work_plane.VERBS)
    does: ClassVar[str] = "draw"
    traced: ClassVar[bool] = False  # until the button is up its trail is shown, and no stroke made of it
    snaps: ClassVar[bool] = True  # its places go to the grid

    end: Annotated[Literal["source", "target"], knob("end", editor="buttons", tip="Which end is drawn.")] = "source"
    label: Annotated[int, knob("class", 0, 99, tip="The class of what is drawn; 0 for all: none.")] = 0
    symmetry: Annotated[
        int, knob("symmetry", 1, 8, tip="Each stroke so many times, turned about 0; on the line 2 is mirrored.")
    ] = 1
    grid: Annotated[float, knob("grid", 0.0, 1e3, tip="Corners snap to multiples of this; 0: to nothing.")] = 0.0
    body: Annotated[
        Literal["flat", "thick", "extruded", "revolved", "round"],
        knob(
            "body",
            tip="In space: flat on the work plane; thick to both sides; extruded to one; revolved about the plane's "
            "second axis; round: tubes, rings and blobs.",
        ),
    ] = "flat"
    depth: Annotated[float, knob("depth", 0.0, 1e3, tip="How thick, or how far extruded.")] = 1.0

    @property
    def section(self) -> str:
        return self.end

    @property
    def subject(self) -> tuple[str, ...]:
        """All pens draw on one canvas of an end."""
        return self.palette, self.end

    @property
    def _t(self) -> float:
        return float(ENDS.index(self.end))

    def suited(self, experiment: Experiment) -> Pen:
        """A width of a twelfth of what the two ends span, or less."""
        if (span := spanned(experiment)) is None:
            return self
        made = msgspec.structs.replace(self, depth=float(min(1e3, nice(span / 8, 1))))
        if "width" not in self.__struct_fields__:
            return made
        knobs = {k.name: k for k in msgspec.structs.fields(type(self))}
        parts = PARTS if knobs["width"].default >= 0.5 else 5 * PARTS
        return msgspec.structs.replace(made, width=float(np.clip(nice(span / parts, 1), 0.02, 20.0)))

    def begin(self, experiment: Experiment) -> Sketch:
        """What is drawn at that end already, else an empty canvas."""
        law, span = getattr(experiment, self.end), spanned(experiment)
        made = sketch(law, experiment.dim, seed=experiment.seed, span=span or 6.0)
        return replace(made, sprayed=len(made.rows))

    def aimed(self, canvas: Sketch, panel: Panel) -> Sketch:
        # After a change of dimension the picture of before stays for a moment, and has no frame for this canvas.
        if canvas.dim == 3 and panel.space == "space" and panel.box is not None:
            ball = Ball.about(panel.box, False)
            return replace(canvas, camera=panel.camera, ball=ball, frame=canvas.frame or panel.box)
        fits = (canvas.dim == 3) == (panel.space == "space")
        return replace(canvas, camera=None, ball=None, frame=canvas.frame or (panel.bounds if fits else None))

    def seen(self, canvas: Sketch, look: Look) -> Sketch:
        return replace(canvas, camera=look.camera) if canvas.dim == 3 else canvas

    # strokes

    def press(self, canvas: Sketch, at: Place, unit: Place) -> Sketch:
        canvas = replace(canvas, unit=unit, refused="", chosen=frozenset(), picked=canvas.picked[:0])
        spot = self.spot(canvas, at)
        if spot is None:
            return replace(canvas, refused="The work plane is not under the cursor: turn the picture, or the plane.")
        begun = replace(canvas, at=at, trail=(spot,), before=canvas, did=f"{self.does} {self.end}")
        return self._drawn(begun)

    def move(self, canvas: Sketch, at: Place, unit: Place) -> Sketch:
        if canvas.at is None:
            return canvas
        spot = self.spot(canvas, at)
        if spot is None:
            return canvas
        trail = (*canvas.trail, spot)
        if len(trail) > HOLD:
            trail = tuple(trail[k] for k in simpler(np.array(trail)[:, :-1], canvas.step / 2, HOLD // 2).tolist())
        return self._drawn(replace(canvas, at=at, trail=trail, unit=unit))

    def release(self, canvas: Sketch) -> Sketch:
        if canvas.at is None or canvas.before is None:
            return replace(canvas, at=None, trail=(), refused="")
        # or a sentence would not be said again after the next press
        return replace(self._drawn(canvas, True), at=None, trail=(), before=None, refused="")

    def spot(self, canvas: Sketch, at: Place) -> tuple[float, ...] | None:
        """The place that is meant, on the grid where there is one, and the pressure there."""
        found = canvas.spot(at)
        if found is None:
            return None
        if self.grid > 0 and self.snaps:
            found = np.round(found / self.grid) * self.grid
        return (*found.tolist(), canvas.pressure)

    def shapes(self, canvas: Sketch, corners: np.ndarray, pressure: np.ndarray, ended: bool) -> tuple[Stroke, ...]:
        """What a trail of places (n, k) means, before symmetry; ``ended``: the button is up."""
        raise NotImplementedError

    def _drawn(self, canvas: Sketch, ended: bool = False) -> Sketch:
        """The sketch of before with what the trail means."""
        before = canvas.before
        if not ended and self.tracing(canvas):
            return canvas
        trail = np.array(canvas.trail)
        try:
            if canvas.flat and not self.on_line:
                made = interval(trail[:, :1], self.ink(canvas, float(np.ptp(trail[:, 0]))))
            else:
                made = self.shapes(canvas, trail[:, :-1], trail[:, -1], ended)
            made = tuple(self.dressed(canvas, stroke) for stroke in made)
            made = tuple(turned for stroke in made for turned in self.around(stroke))
            for stroke in made:
                sampled(stroke, canvas.dim, 1)  # or the picture could not be painted
        except Wrong as wrong:
            said = f"This cannot be drawn: {wrong.message.rstrip('.')}."
            return replace(canvas, strokes=before.strokes, refused=said)
        room = MOST_STROKES - len(before.strokes)
        if len(made) > room:
            full = f"A drawing has {write_number(MOST_STROKES)} strokes at most: erase some to go on."
            return replace(canvas, strokes=before.strokes, refused=full)
        return replace(canvas, strokes=(*before.strokes, *made))

    def tracing(self, canvas: Sketch) -> bool:
        """Whether a stroke is in progress that is shown as its trail."""
        return self.traced and canvas.at is not None and not canvas.flat

    @property
    def on_line(self) -> bool:
        """Whether its shape has a meaning in 1-D; else its trail is an interval."""
        return False

    def dressed(self, canvas: Sketch, stroke: Stroke) -> Stroke:
        """With the class, and on the work plane with the body that it has there."""
        made = msgspec.structs.replace(stroke, label=self.label, plane=canvas.placed)
        if canvas.dim < 3 or self.body == "flat" or stroke.coordinates != 2:
            return made
        return msgspec.structs.replace(made, body=self.body, depth=self.depth)

    def around(self, stroke: Stroke) -> tuple[Stroke, ...]:
        """The stroke as often as the symmetry wants it, turned about the origin."""
        return tuple(stroke.at(turn, np.zeros(len(turn))) for turn in self.turns(stroke.coordinates))

    def turns(self, k: int) -> list[np.ndarray]:
        """Matrices (k, k): the identity first."""
        if k == 1:
            return [np.eye(1), -np.eye(1)][: min(2, self.symmetry)]
        angles = 2 * np.pi * np.arange(self.symmetry) / self.symmetry
        turns = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles]
        turns[0] = np.eye(2)
        return turns

    @staticmethod
    def ink(canvas: Sketch, size: float, axes: int = 1) -> float:
        """The weight of a stroke of this length, or area: as heavy as sprayed."""
        return max(1.0, rounded(DOTS * size / (canvas.span / PARTS) ** axes))

    # the experiment and the picture

    def edit(self, canvas: Sketch, experiment: Experiment) -> Experiment | None:
        made = canvas.drawn(getattr(experiment, self.end))
        return None if made is None else msgspec.structs.replace(experiment, **{self.end: made})

    def said(self, canvas: Sketch) -> str:
        n, m = len(canvas.rows), len(canvas.strokes)
        dots = f"{write_number(n)} point{'' if n == 1 else 's'}"
        lines = f"{m} stroke{'' if m == 1 else 's'}"
        if not n and not m:
            return f"{dots}: the {self.end} stays as it is"
        return " · ".join([dots] * bool(n) + [lines] * bool(m))

    def panel(self, snapshot: Snapshot, look: Look, canvas: Sketch) -> Panel:
        """The other end's cloud and what is drawn; crossings of old pairs would only be in the way."""
        marks = (*TimeEnds().marks(snapshot, look), *Clouds().marks(snapshot, look))
        still = tuple(
            replace(mark, alpha=FAINT * mark.alpha) if isinstance(mark, Points) else mark
            for mark in marks
            if not (isinstance(mark, Points) and mark.ink == self.end)
        )
        caption = f"{self.hint}{IN_SPACE if canvas.dim == 3 else ''} · Esc when you are done"
        if canvas.rows.shape[1] > canvas.dim:
            caption += " · old points keep the coordinates that are not shown"
        panel = framed(Panel(f"Draw the {self.end}", "plane", caption=caption), snapshot, look)
        name = "box" if panel.space == "space" else "bounds"
        panel = replace(panel, **{name: around(getattr(panel, name), canvas.frame)})
        profiles = self.profiles(canvas, snapshot) if canvas.flat and snapshot.spec.dim == 1 else ()
        return replace(panel, marks=(*still, *self.drawn_marks(canvas), *profiles, *self.guides(canvas)))

    def profiles(self, canvas: Sketch, snapshot: Snapshot) -> tuple[Mark, ...]:
        """On the line: the density of both ends, beside their axes."""
        made: list[Mark] = []
        other = 1 - ENDS.index(self.end)
        if len(x := clouds(snapshot)[other]):
            made.append(beside(*estimated(x[:, 0]), other, ENDS[other], 0.6))
        parts = [canvas.rows[:, :1], *(x[:, :1] for x in canvas.samples())]
        if sum(map(len, parts)):
            made.append(beside(*estimated(np.concatenate(parts)[:, 0]), ENDS.index(self.end), self.end))
        return tuple(made)

    def drawn_marks(self, canvas: Sketch) -> tuple[Mark, ...]:
        """Dots, then the strokes as the points that stand for them."""
        dim = canvas.dim
        made: list[Mark] = [Points(canvas.rows[:, :dim], self.end, size=4.0, moving=True, t=self._t)]
        samples = canvas.samples()
        if samples:
            made.append(Points(np.concatenate(samples), self.end, size=2.8, alpha=0.8, moving=True, t=self._t))
        return tuple(made)

    def guides(self, canvas: Sketch) -> tuple[Mark, ...]:
        """The work plane, the axes of symmetry, and what a pen shows of itself."""
        plane = work_plane.shown(canvas, self.body == "revolved")
        if self.tracing(canvas) and len(canvas.trail) > 1:
            places = canvas.lifted(np.array(canvas.trail)[:, :-1])[None]
            wide = max(1.5, getattr(self, "width", 0.0) / canvas.step)
            plane = (*plane, Lines(places, self.end, width=wide, alpha=0.7, moving=True))
        if self.symmetry < 2 or canvas.flat:
            return plane
        far = canvas.span
        rays = np.array([[(0.0, 0.0), turn @ (0.0, far)] for turn in self.turns(2)])
        lifted = canvas.lifted(rays.reshape(-1, 2))
        return (*plane, Lines(lifted.reshape(len(rays), 2, -1), "muted", width=0.8, alpha=0.5, moving=True))


def around(now: tuple[float, ...] | None, frame: tuple[float, ...] | None) -> tuple[float, ...] | None:
    """Bounds that hold both: what one draws on grows with the drawing, and never shrinks under the hand."""
    if now is None or frame is None or len(now) != len(frame):
        return now
    low, high = map(min, now[::2], frame[::2]), map(max, now[1::2], frame[1::2])
    return tuple(edge for pair in zip(low, high, strict=True) for edge in pair)


def interval(x: np.ndarray, weight: float) -> tuple[Stroke, ...]:
    """On the line: from the lowest place (n, 1) to the highest."""
    return (Stroke("line", rows(np.array([x.min(0), x.max(0)])), weight=weight),)


def spanned(experiment: Experiment) -> float | None:
    """What both ends span along their widest axis; None where a law cannot be drawn from."""
    rng = np.random.default_rng(0)
    try:
        seen = [law.sample(200, experiment.dim, rng) for law in (experiment.source, experiment.target)]
    except Wrong:
        return None
    return float(np.ptp(np.vstack(seen), axis=0).max()) or 1.0
