"""The hand on a whole cloud: moves it, scales it by a corner, stretches it by a side, turns it by the knob above it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from app.scene.camera import AWAY, Camera
from app.scene.colouring import shades
from app.scene.flat import PAGE
from app.scene.frame import bounds, framed
from app.scene.known import pairs
from app.scene.layers.interpolation_lines import lines
from app.scene.layers.time_ends import TimeEnds
from app.scene.look import Look
from app.scene.marks import Bounds, Box, Lines, Mark, Panel, Points
from app.scene.projection import Ball
from app.scene.ring import Ring
from app.tools.tool import Canvas, Entry, Place, Tool, Verb
from engine.laws.placement import Placement, rotation
from engine.parts import Distribution
from engine.registry import kinds, part
from engine.snapshot import Snapshot
from engine.spec import Experiment

Does = Callable[[Tool, Canvas], Canvas]
ENDS = ("source", "target")
SHOWN = 500  # points of a cloud in the hand
EDGE = 0.03  # quantile of the points on either side that the frame leaves out
GRIP = 10.0  # px around a corner, or the knob
ARM = 26.0  # px from the frame to the knob
NEAR = 14.0  # px from a point of a cloud, within which a press takes hold of it
THIN = 0.02  # of t: half the width of a frame on the line
LEAST = 0.05  # scale of one stroke
USUAL = 500  # px of a panel, until the cursor has been there
CAPTION = "drag a cloud · corners scale it, sides stretch it · the knob turns it"
IN_SPACE = "drag a cloud · corners scale it · the knob turns it"
SIDES = {"wide": 0, "high": 1}  # grips that scale one axis alone
ON_LINE = "drag a cloud up or down · an end of its frame scales it"


@dataclass(frozen=True, eq=False)
class Held(Canvas):
    """``rows`` are points of both ends as they lie now, (2, n, d); ``laws`` are the laws they are drawn from.

    ``end`` is the chosen one, which has the frame. Of a stroke: ``grip`` (move, scale, wide, high, turn) and what there
    was ``before``. In space places are on the page of ``camera``, which sees the data through ``ball``.
    """

    laws: tuple[Distribution, ...] = ()
    end: int = 0
    grip: str = ""
    before: Held | None = None
    fixed: tuple[str, ...] = ()  # ends that come with the pairs, and do not move
    camera: Camera | None = None
    ball: Ball | None = None
    frame: Bounds | Box | None = None  # of the panel, which stays while the hand drags
    unit: Place = (0.0, 0.0)  # data units per px where the cursor was last; 0: nowhere yet

    def page(self, x: np.ndarray, end: int) -> np.ndarray:
        """Points (n, d) of an end on the page, (n, 2)."""
        if self.ball is not None:
            return self.camera.seen(self.ball.inside(x))[0]
        if self.dim == 1:
            return np.column_stack([np.full(len(x), float(end)), x[:, 0]])
        return x[:, :2]

    def middle(self, end: int) -> np.ndarray:
        return self.laws[end].middle(self.dim)

    def along(self, by: Place, end: int) -> np.ndarray:
        """The way (d,) that a step on the page means, as far from the eye as the end's middle."""
        if self.ball is None:
            return np.array([by[1]] if self.dim == 1 else [*by, 0.0][: self.dim])
        axes, (near,) = self.camera.axes, self.camera.seen(self.ball.inside(self.middle(end)[None]))[1]
        share = (AWAY / self.camera.zoom - float(near)) / AWAY
        return share * (by[0] * axes[0] + by[1] * axes[1]) / self.ball.scale

    def lift(self, page: np.ndarray, end: int) -> tuple[np.ndarray, np.ndarray]:
        """Places (n, d) of an end, and their times, that lie there on the page (n, 2)."""
        if self.dim == 1:
            return page[:, 1:].astype(np.float32), page[:, 0]
        middle = self.middle(end)
        (at,) = self.page(middle[None], end)
        places = np.array([middle + self.along(tuple(row), end) for row in page - at])
        return places.astype(np.float32), np.zeros(len(page))

    def rim(self, end: int) -> Bounds:
        """The frame around an end on the page."""
        x, y = np.quantile(self.page(self.rows[end], end), [EDGE, 1 - EDGE], axis=0).T
        half = THIN if self.dim == 1 else 0.0
        pad = [4 * u for u in self.unit]
        return x[0] - half - pad[0], x[1] + half + pad[0], y[0] - pad[1], y[1] + pad[1]

    def handles(self) -> tuple[tuple[str, Place], ...]:
        """What a press can take hold of, of the chosen end: (grip, place on the page)."""
        left, right, low, high = self.rim(self.end)
        if self.dim == 1:
            return tuple(("scale", (float(self.end), y)) for y in (low, high))
        corners = tuple(("scale", (x, y)) for x in (left, right) for y in (low, high))
        x, y = (left + right) / 2, (low + high) / 2
        sides = (("wide", (left, y)), ("wide", (right, y)), ("high", (x, low)), ("high", (x, high)))
        return (*corners, *(sides if self.stretches else ()), ("turn", (x, high + ARM * self.unit[1])))

    @property
    def stretches(self) -> bool:
        """Whether one axis of the chosen end can be scaled alone: in the plane, and where no turn has come before."""
        law = self.laws[self.end]
        return self.dim == 2 and not (law.kind == "placed" and np.any(law.angle))

    def under(self, at: Place) -> tuple[str, int]:
        """What a press at this place takes hold of, and of which end; an empty word for nothing."""
        for grip, place in self.handles():
            if np.hypot(*np.subtract(place, at) / self.unit) <= GRIP:
                return grip, self.end
        best, found = math.inf, -1
        for end in (self.end, 1 - self.end):
            px = (self.page(self.rows[end], end) - at) / self.unit
            away = float(np.nanmin(np.linalg.norm(px, axis=1)))
            left, right, low, high = self.rim(end)
            inside = left <= at[0] <= right and low <= at[1] <= high
            if (inside or away <= NEAR) and away < best:
                best, found = away, end
        return ("move", found) if found >= 0 else ("", self.end)


def _by(canvas: Held, by: Placement, did: str) -> Held:
    """The chosen end moved, as one step."""
    if ENDS[canvas.end] in canvas.fixed:
        return replace(canvas, refused=f"The pairs come with their own {ENDS[canvas.end]}, which does not move.")
    law = canvas.laws[canvas.end]
    new = _written(law.moved(by, canvas.dim) or kinds("distributions")["placed"].around(law, by), canvas)
    laws, rows = list(canvas.laws), canvas.rows.copy()
    laws[canvas.end], rows[canvas.end] = new, by.at(rows[canvas.end])
    return replace(canvas, laws=tuple(laws), rows=rows, did=f"{did} {ENDS[canvas.end]}", refused="")


def _written(law: Distribution, canvas: Held) -> Distribution:
    """The law with numbers that a person can read: without rounding's dust, a placement to a hundredth of a px."""
    if not isinstance(law, kinds("distributions")["placed"]):
        knobs = {name: _clean(getattr(law, name), 14) for name in law.__struct_fields__}
        return msgspec.structs.replace(law, **knobs)
    steps = np.abs(canvas.along(canvas.unit, canvas.end)) if canvas.unit[0] else np.zeros(1)
    step = float(steps.max()) or 1e-6
    places = 2 - math.floor(math.log10(step))
    shift = tuple(round(s, places) for s in np.full(canvas.dim, law.shift, float).tolist())
    rest = {name: _clean(getattr(law, name), 8) for name in ("scale", "stretch", "angle")}
    return msgspec.structs.replace(law, shift=shift, **rest)


def _clean(value: Any, digits: int) -> Any:
    """A number, or the numbers of a vector, to so many digits; anything else as it is."""
    if isinstance(value, float):
        return round(value, digits - 1 - math.floor(math.log10(abs(value)))) + 0.0 if value else 0.0
    if isinstance(value, tuple) and all(isinstance(x, float) for x in value):
        return tuple(_clean(x, digits) for x in value)
    return value


def _nudge(x: float, y: float) -> Does:
    def does(tool: Mover, canvas: Held) -> Held:
        step = canvas.along((x * 10 * canvas.unit[0], y * 10 * canvas.unit[1]), canvas.end)
        return _by(canvas, Placement(step, 1.0, np.eye(canvas.dim)), "move")

    return does


def _scale(factor: float) -> Does:
    def does(tool: Mover, canvas: Held) -> Held:
        return _by(canvas, Placement.about(canvas.middle(canvas.end), factor), "scale")

    return does


def _turn(degrees: float) -> Does:
    def does(tool: Mover, canvas: Held) -> Held:
        if canvas.dim == 1:
            return canvas
        return _by(canvas, Placement.about(canvas.middle(canvas.end), 1.0, _rotation(canvas, degrees)), "turn")

    return does


def other(tool: Mover, canvas: Held) -> Held:
    """The frame around the other end."""
    return replace(canvas, end=1 - canvas.end, did="choose")


@part
class Mover(Tool, frozen=True, tag="mover"):
    """A drag moves the cloud under it. On the line only x counts; in space it moves in the page of the camera."""

    about = "Moves, scales and turns the source or the target as a whole."
    rank = 30
    entries = (Entry("move", "Move the clouds", ("G",), "move, scale and turn the source or the target"),)
    verbs = (
        Verb("−", "a tenth smaller", _scale(1 / 1.1), ("-",)),
        Verb("+", "a tenth larger", _scale(1.1), ("+", "=")),
        Verb("↺", "15° against the clock", _turn(15.0), (",",)),
        Verb("↻", "15° with the clock", _turn(-15.0), (".",)),
        Verb("Other end", "the frame around the other cloud", other, ("X",)),
        Verb("left", "ten px to the left", _nudge(-1, 0), ("Alt+Left",), button=False),
        Verb("right", "ten px to the right", _nudge(1, 0), ("Alt+Right",), button=False),
        Verb("up", "ten px up", _nudge(0, 1), ("Alt+Up",), button=False),
        Verb("down", "ten px down", _nudge(0, -1), ("Alt+Down",), button=False),
    )
    title = "Move"
    hint = "drag a cloud; Alt and arrows move it by keys"
    live = spatial = True

    @property
    def section(self) -> str:
        return ENDS[0]

    @property
    def subject(self) -> tuple[str, ...]:
        return self.kind, *ENDS, "coupling"

    def begin(self, experiment: Experiment) -> Held:
        laws = experiment.source, experiment.target
        seeds = ([experiment.seed, k] for k in range(2))
        rows = [law.sample(SHOWN, experiment.dim, np.random.default_rng(s)) for law, s in zip(laws, seeds, strict=True)]
        return Held(experiment.dim, np.array(rows), laws=laws, fixed=experiment.coupling.replaces)

    def aimed(self, canvas: Held, panel: Panel) -> Held:
        # After a change of dimension the picture of before stays for a moment, and has no frame for this canvas.
        fits = (canvas.dim == 3) == (panel.space == "space")
        in_space = fits and canvas.dim == 3 and panel.box is not None
        wide = PAGE if in_space else panel.bounds or (0.0, 1.0, 0.0, 1.0)
        unit = canvas.unit if canvas.unit[0] else ((wide[1] - wide[0]) / USUAL, (wide[3] - wide[2]) / USUAL)
        if in_space:
            ball = Ball.about(panel.box, False)
            return replace(canvas, camera=panel.camera, ball=ball, frame=panel.box, unit=unit)
        return replace(canvas, camera=None, ball=None, frame=panel.bounds if fits else None, unit=unit)

    def press(self, canvas: Held, at: Place, unit: Place) -> Held:
        canvas = replace(canvas, unit=unit, refused="")
        grip, end = canvas.under(at)
        if not grip:
            return canvas
        if ENDS[end] in canvas.fixed:
            return replace(canvas, refused=f"The pairs come with their own {ENDS[end]}, which does not move.")
        return replace(canvas, at=at, end=end, grip=grip, before=canvas, did="")

    def move(self, canvas: Held, at: Place, unit: Place) -> Held:
        if canvas.at is None or canvas.before is None:
            return canvas if canvas.unit == unit else replace(canvas, unit=unit)
        first = replace(canvas.before, end=canvas.end)
        did = "stretch" if canvas.grip in SIDES else canvas.grip
        moved = _by(first, _placement(first, canvas.grip, canvas.at, at), did)
        return replace(canvas, laws=moved.laws, rows=moved.rows, did=moved.did)

    def release(self, canvas: Held) -> Held:
        return replace(canvas, at=None, grip="", before=None, refused="")

    def hover(self, canvas: Held, at: Place, unit: Place) -> Ring | None:
        """A ring where a press would take hold of a corner or the knob."""
        if canvas.at is not None or replace(canvas, unit=unit).under(at)[0] in ("", "move"):
            return None
        return Ring(at, (GRIP * unit[0], GRIP * unit[1]), "text")

    def edit(self, canvas: Held, experiment: Experiment) -> Experiment | None:
        return msgspec.structs.replace(experiment, **dict(zip(ENDS, canvas.laws, strict=True)))

    def said(self, canvas: Held) -> str:
        return ENDS[canvas.end]

    def panel(self, snapshot: Snapshot, look: Look, canvas: Held) -> Panel:
        """Both clouds where the hand holds them, the pairs as far as they are known, and the frame."""
        title = f"Move the {ENDS[canvas.end]}" if canvas.at is not None else "Move, scale and turn the clouds"
        panel = framed(Panel(title, "plane", caption=(ON_LINE, CAPTION, IN_SPACE)[canvas.dim - 1]), snapshot, look)
        if canvas.at is not None and canvas.frame is not None:
            panel = replace(panel, **{"box" if panel.space == "space" else "bounds": canvas.frame})
        seen = canvas if canvas.at is not None else self.aimed(canvas, panel)
        clouds = tuple(
            Points(x.astype(np.float32), ink, size=3.0, alpha=0.8, moving=True, t=float(k))
            for k, (x, ink) in enumerate(zip(canvas.rows, ENDS, strict=True))
        )
        marks = (*TimeEnds().marks(snapshot, look), *_pairs(snapshot, look), *clouds, *_frame(seen))
        return replace(panel, marks=marks)


def _placement(first: Held, grip: str, start: Place, at: Place) -> Placement:
    """What a drag from ``start`` to ``at`` does to the chosen end, in numbers no finer than a hand is."""
    dim, end = first.dim, first.end
    if grip == "move":
        step = first.along(tuple(np.subtract(at, start)), end)
        fine = 10.0 ** math.floor(math.log10(float(np.abs(first.along(first.unit, end)).max()) or 1.0))
        return Placement(np.round(np.round(step / fine) * fine, 9), 1.0, np.eye(dim))
    middle = first.middle(end)
    (about,) = first.page(middle[None], end)
    a, b = np.subtract(start, about), np.subtract(at, about)
    if grip in SIDES:
        k, stretch = SIDES[grip], np.ones(dim)
        stretch[k] = max(LEAST, round(float(b[k] / a[k]), 2)) if a[k] else 1.0
        return Placement.about(middle, stretch=None if stretch[k] == 1.0 else stretch)
    if grip == "scale":
        if dim == 1:
            a, b = a[1:], b[1:]
        size = float(a @ a)
        return Placement.about(middle, max(LEAST, round(float(a @ b) / size, 2)) if size else 1.0)
    degrees = math.degrees(math.atan2(a[0] * b[1] - a[1] * b[0], float(a @ b)))
    return Placement.about(middle, 1.0, _rotation(first, float(round(degrees))))


def _rotation(canvas: Held, degrees: float) -> np.ndarray:
    """Against the clock on the page: in space about the axis towards the eye."""
    if canvas.ball is not None:
        return rotation(tuple((degrees * canvas.camera.axes[2]).tolist()), canvas.dim)
    return rotation(degrees, canvas.dim)


def _pairs(snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
    first = snapshot.rounds[0] if snapshot.rounds else None
    ends = pairs(first)
    if ends is None or bounds(snapshot) is None:
        return ()
    times, xt = lines(first.path, ends, look.lines)
    tint = shades(snapshot, first, look).first(len(xt))
    return (Lines(xt, "pair", width=0.8, alpha=0.3, t=times, moving=True, **tint),)


def _frame(canvas: Held) -> tuple[Mark, ...]:
    """The frame around the chosen end, its corners, and the knob on its arm."""
    if ENDS[canvas.end] in canvas.fixed:
        return ()
    left, right, low, high = canvas.rim(canvas.end)
    ring = np.array([[left, low], [right, low], [right, high], [left, high], [left, low]])
    places, t = canvas.lift(ring, canvas.end)
    made: list[Mark] = [Lines(places[None], "text", width=1.0, alpha=0.5, moving=True, t=t[None])]
    spots = np.array([place for _, place in canvas.handles()])
    places, t = canvas.lift(spots, canvas.end)
    made.append(Points(places, "text", size=8.0, moving=True, t=t))
    if canvas.dim > 1:
        arm, _ = canvas.lift(np.array([[(left + right) / 2, high], spots[-1]]), canvas.end)
        made.append(Lines(arm[None], "text", width=1.0, alpha=0.5, moving=True))
    return tuple(made)
