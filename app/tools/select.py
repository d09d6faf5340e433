"""Takes hold of what has been drawn: a click or a lasso, then move, scale, turn, mirror, copy, delete."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import msgspec
import numpy as np

from app.scene.marks import Lines, Mark, Points
from app.scene.ring import Ring
from app.sketch.pen import MOST_STROKES, Pen
from app.sketch.selection import GRIP, handles, held, lassoed, moved, rim, under
from app.sketch.sketch import Sketch
from app.sketch.work_plane import VERBS
from app.tools.tool import Entry, Place, Verb
from engine.laws.stroke import Stroke, rounded
from engine.parts import knob
from engine.registry import part

LIGHT, HEAVY = 1e-3, 1e9  # of a stroke
LEAST = 0.02  # scale of one stroke
CLICK = 4.0  # px that the cursor may move in a click
ARROW = "4,1 4,13 7,10 9,15 11,14 9,9.5 13,9.5 4,1"
Does = Callable[[Any, Sketch], Sketch]


def _middle(canvas: Sketch) -> np.ndarray | None:
    found = rim(canvas)
    return None if found is None else (found[0] + found[1]) / 2


def _turned(matrix: Callable[[int], np.ndarray], did: str) -> Does:
    def does(tool: Select, canvas: Sketch) -> Sketch:
        middle = _middle(canvas)
        if middle is None:
            return canvas
        return replace(moved(canvas, matrix(len(middle)), middle, 0 * middle), did=f"{did} {tool.end}")

    return does


def _each(change: Callable[[Select, Stroke], Stroke], did: str, label: bool = False) -> Does:
    def does(tool: Select, canvas: Sketch) -> Sketch:
        if not canvas.chosen and not (label and len(canvas.picked)):
            return canvas
        strokes = tuple(change(tool, s) if k in canvas.chosen else s for k, s in enumerate(canvas.strokes))
        labels = canvas.labels
        if label:
            labels = labels.copy()
            labels[canvas.picked] = tool.label
        return replace(canvas, strokes=strokes, classes=labels, did=did)

    return does


def _weighs(by: float) -> Callable[[Select, Stroke], Stroke]:
    return lambda tool, s: msgspec.structs.replace(s, weight=min(HEAVY, max(LIGHT, rounded(s.weight * by, 4))))


def _body(tool: Select, stroke: Stroke) -> Stroke:
    """What was drawn in the plane, extruded, revolved or thickened."""
    if stroke.coordinates != 2:
        return stroke
    return msgspec.structs.replace(stroke, body=tool.body, depth=0.0 if tool.body == "flat" else tool.depth)


def delete(tool: Select, canvas: Sketch) -> Sketch:
    """Without what is chosen."""
    if not canvas.chosen and not len(canvas.picked):
        return canvas
    gone = np.zeros(len(canvas.rows), bool)
    gone[canvas.picked] = True
    left = tuple(s for k, s in enumerate(canvas.strokes) if k not in canvas.chosen)
    return replace(
        canvas.without(gone),
        strokes=left,
        chosen=frozenset(),
        picked=canvas.picked[:0],
        did=f"delete from the {tool.end}",
    )


def copy(tool: Select, canvas: Sketch) -> Sketch:
    """What is chosen once more, a little beside it, and that chosen."""
    room = MOST_STROKES - len(canvas.strokes)
    if not canvas.chosen or len(canvas.chosen) > room:
        return canvas
    more = tuple(canvas.strokes[k] for k in sorted(canvas.chosen))
    n = len(canvas.strokes)
    made = replace(canvas, strokes=(*canvas.strokes, *more), chosen=frozenset(range(n, n + len(more))))
    made = replace(made, picked=canvas.picked[:0], did=f"copy in the {tool.end}")
    beside = np.full(1 if canvas.flat else 2, canvas.span / 20)
    return moved(made, np.eye(len(beside)), 0 * beside, beside)


def everything(tool: Select, canvas: Sketch) -> Sketch:
    """All of it chosen."""
    if not canvas.count:
        return canvas
    return replace(canvas, chosen=frozenset(range(len(canvas.strokes))), picked=np.arange(len(canvas.rows)))


def rotation(angle: float) -> np.ndarray:
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def mirror(axis: int) -> Callable[[int], np.ndarray]:
    def matrix(k: int) -> np.ndarray:
        made = np.eye(k)
        made[min(axis, k - 1), min(axis, k - 1)] = -1.0
        return made

    return matrix


@part
class Select(Pen, frozen=True, tag="select"):
    """A click chooses what is under it, a drag on nothing is a lasso; a drag on what is chosen moves it, a corner of
    its frame scales it, the knob above turns it."""

    about = "Moves, scales, turns, mirrors, copies and deletes what has been drawn."
    rank = 18
    entries = (Entry("select", "Select", ("V",), "a click, or a lasso around it", (), ARROW),)
    verbs = (
        Verb("↔", "mirror it left to right", _turned(mirror(0), "mirror in the"), ("I",)),
        Verb("↕", "mirror it upside down", _turned(mirror(1), "mirror in the"), ("Shift+I",)),
        Verb("÷2", "half as heavy", _each(_weighs(0.5), "lighter"), ("<",)),
        Verb("×2", "twice as heavy", _each(_weighs(2.0), "heavier"), (">",)),
        Verb(
            "Class",
            "give it the class that is set",
            _each(lambda tool, s: msgspec.structs.replace(s, label=tool.label), "another class", True),
        ),
        Verb("Body", "give it the body that is set", _each(_body, "another body"), dims=(3,)),
        Verb("Copy", "once more, beside it", copy, ("Ctrl+D",)),
        Verb("Delete", "take it away", delete, ("Del",)),
        Verb("all", "choose everything", everything, ("Ctrl+A",), button=False),
        Verb("smaller", "a tenth smaller", _turned(lambda k: np.eye(k) / 1.1, "scale"), ("-",), button=False),
        Verb("larger", "a tenth larger", _turned(lambda k: np.eye(k) * 1.1, "scale"), ("+", "="), button=False),
        *VERBS,
    )
    hint = "click, or draw around it · then drag, a corner scales, the knob turns"
    does = "move in the"
    aside, idle = ("label", "grid", "body", "depth"), ("symmetry",)

    mass: Annotated[
        float,
        knob("weight", LIGHT, HEAVY, log=True, tip="Of each stroke that is chosen; a sprayed dot weighs 1."),
    ] = 100.0

    def value(self, canvas: Sketch, name: str) -> object:
        """The weight is that of what is chosen, where it is the same for all."""
        weights = {canvas.strokes[k].weight for k in canvas.chosen} if name == "mass" else ()
        return weights.pop() if len(weights) == 1 else super().value(canvas, name)

    def taken(self, canvas: Sketch, name: str) -> Sketch:
        """What is chosen gets the weight that is typed."""
        heavy = lambda tool, stroke: msgspec.structs.replace(stroke, weight=tool.mass)  # noqa: E731
        return _each(heavy, "another weight")(self, canvas) if name == "mass" else canvas

    def press(self, canvas: Sketch, at: Place, unit: Place) -> Sketch:
        canvas = replace(canvas, unit=unit, refused="", did="")
        spot = canvas.spot(at)
        if spot is None:
            return canvas
        begun = replace(canvas, at=at, trail=((*at, 1.0),))
        for grip, place in handles(canvas):
            off = (place - spot) / canvas.step
            if np.linalg.norm(off) <= GRIP and (canvas.dim < 3 or canvas.ball is not None):
                return replace(begun, grip=grip, before=canvas)
        stroke, dot = under(canvas, at, self._t)
        if stroke >= 0 and stroke not in canvas.chosen:
            begun = replace(begun, chosen=frozenset([stroke]), picked=canvas.picked[:0])
        elif dot >= 0 and dot not in canvas.picked:
            begun = replace(begun, chosen=frozenset(), picked=np.array([dot]))
        if stroke < 0 and dot < 0:
            return replace(begun, grip="lasso", chosen=frozenset(), picked=canvas.picked[:0], before=canvas)
        return replace(begun, grip="move", before=replace(begun, at=None))

    def move(self, canvas: Sketch, at: Place, unit: Place) -> Sketch:
        if canvas.at is None or canvas.before is None:
            return canvas
        if canvas.grip == "lasso":
            return replace(canvas, at=at, trail=(*canvas.trail, (*at, 1.0)))
        start = canvas.before.spot(canvas.trail[0][:2])
        spot, middle = canvas.spot(at), _middle(canvas.before)
        if start is None or spot is None or middle is None:
            return canvas
        made = moved(canvas.before, *self._placement(canvas.grip, start, spot, middle))
        did = {"move": "move in the", "scale": "scale in the", "turn": "turn in the"}[canvas.grip]
        return replace(canvas, at=at, strokes=made.strokes, rows=made.rows, did=f"{did} {self.end}")

    def _placement(
        self, grip: str, start: np.ndarray, spot: np.ndarray, middle: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        k = len(middle)
        a, b = start - middle, spot - middle
        if grip == "scale":
            size = float(a @ a)
            return np.eye(k) * (max(LEAST, float(a @ b) / size) if size else 1.0), middle, 0 * middle
        if grip == "turn":
            angle = round(math.degrees(math.atan2(a[0] * b[1] - a[1] * b[0], float(a @ b))))
            return rotation(math.radians(angle)), middle, 0 * middle
        step = b - a
        return np.eye(k), middle, np.round(step / self.grid) * self.grid if self.grid > 0 else step

    def release(self, canvas: Sketch) -> Sketch:
        if canvas.grip == "lasso" and canvas.at is not None:
            corners = np.array(canvas.trail)[:, :2]
            if np.abs(np.ptp(corners, axis=0) / canvas.unit).max() > CLICK:
                canvas = lassoed(canvas, corners, self._t)
        return replace(canvas, at=None, grip="", trail=(), before=None, refused="")

    def hover(self, canvas: Sketch, at: Place, unit: Place) -> Ring | None:
        """A ring where a press would take hold of a corner or the knob."""
        seen = replace(canvas, unit=unit)
        spot = seen.spot(at) if canvas.at is None else None
        if spot is None:
            return None
        close = any(np.linalg.norm((place - spot) / seen.step) <= GRIP for _, place in handles(seen))
        return Ring(at, (GRIP * unit[0], GRIP * unit[1]), "text") if close else None

    def said(self, canvas: Sketch) -> str:
        n = len(canvas.chosen)
        if n == 1 and not len(canvas.picked):
            (k,) = canvas.chosen
            one = canvas.strokes[k]
            return f"weight {one.weight:,.0f}" + (f" · class {one.label}" if one.label else "")
        if n or len(canvas.picked):
            return f"{n + len(canvas.picked)} chosen"
        return super().said(canvas)

    def guides(self, canvas: Sketch) -> tuple[Mark, ...]:
        """The lasso, or what is chosen with its frame."""
        made: list[Mark] = list(super().guides(canvas))
        if canvas.grip == "lasso" and canvas.at is not None and canvas.dim == 2:
            made.append(Lines(np.array(canvas.trail)[None, :, :2], "text", width=1.0, alpha=0.7, moving=True))
        elif canvas.grip == "lasso" and canvas.dim == 3 and canvas.ball is not None:
            ring = np.array([canvas.ball.outside(canvas.camera.place(at[:2], 0.9)) for at in canvas.trail])
            made.append(Lines(ring[None], "text", width=1.0, alpha=0.7, moving=True))
        x = held(canvas)
        if not len(x):
            return tuple(made)
        made.append(Points(x, "warning", size=3.0, alpha=0.9, moving=True, t=self._t))
        spots = np.array([place for _, place in handles(canvas)])
        if canvas.flat:
            return (*made, Points(spots, "text", size=8.0, moving=True, t=self._t))
        low, high = rim(canvas)
        ring = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]], [low[0], low[1]]])
        arm = np.array([[(low[0] + high[0]) / 2, high[1]], spots[-1]])
        return (
            *made,
            Lines(canvas.lifted(ring)[None], "text", width=1.0, alpha=0.6, moving=True),
            Lines(canvas.lifted(arm)[None], "text", width=1.0, alpha=0.6, moving=True),
            Points(canvas.lifted(spots), "text", size=8.0, moving=True),
        )
