"""The N ladder: Euler polygons over the accurate trajectories, and the error against N."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from app.scene import captions
from app.scene.axes import padded
from app.scene.colouring import shades
from app.scene.frame import bounds, framed, shown
from app.scene.layers.clouds import Clouds
from app.scene.layers.time_ends import TimeEnds
from app.scene.look import Look
from app.scene.marks import Curve, Lines, Mark, Panel, Points
from app.scene.numbers import ROUNDING, count, number, short
from app.scene.view import View
from engine.parts import Wrong, knob
from engine.probe import Probe
from engine.probes.polygons import EulerPolygons, Polygons
from engine.registry import part
from engine.snapshot import Snapshot

ASKED = EulerPolygons(count=200)
SHOWN = (1, 2, 3)  # of which the polygons are drawn: odd ones stride over t = 1/2, even ones stop there
LINES = 80
SLOPES = {"slope −1": 1.0, "slopes −1/2, −2": 0.5, "": 2.0}  # an error of order p falls along N^-p
EULERS = "slope −1"
ODD, EVEN = 3, 2  # the N that tell most: one strides over t = 1/2, one stops there
CLEAR = 0.05  # of the particles: a difference of shares that is no chance
HINT = {
    "hint": "How far N Euler steps end from the accurate trajectory: twice as many halve it where paths are bent.",
    "formula": "√ E|Ẑ_1 − Z_1|²",
}
TITLE = "Error of N Euler steps"


@part
class Steps(View, frozen=True, tag="steps"):
    """A straight flow needs one step; a bent one, of too few, ends beside its place or in another mode."""

    title = "Steps"
    hint = "What N Euler steps make of the flow: one is enough where trajectories are straight."
    rank = 80
    knobs = ("colour",)

    ladder: Annotated[tuple[int, ...], knob("N", 1, 256, tip="How many Euler steps, a panel for each.")] = SHOWN
    taken: Annotated[float, knob("taken", 0.0, 1.0, tip="The share of the steps that is taken already.")] = 1.0

    def check(self, dim: int) -> None:
        for n in self.ladder:
            if n not in ASKED.steps:
                raise Wrong("ladder", f"N = {n} is not among {', '.join(map(str, ASKED.steps))}")

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (ASKED,)

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view = shown(snapshot, look)
        answer = view.answer(ASKED) if view is not None else None
        titles = [f"Euler, N = {n}" for n in self.ladder]
        if answer is None or answer.value is None:
            why, waits = captions.unanswered(snapshot, view, answer, "Stepping…")
            made = [framed(Panel(title, "plane", empty=why, waits=waits), snapshot, look) for title in titles]
            return (*made, Panel(TITLE, "chart", empty=why, waits=waits))
        found: Polygons = answer.value
        tint = shades(snapshot, view, look)
        made = []
        for title, n in zip(titles, self.ladder, strict=True):
            k = found.steps.index(n)
            marks = _polygons(snapshot, look, found, k, tint.first(min(LINES, found.z.shape[1])), self.taken)
            made.append(framed(Panel(title, "plane", marks, caption=_told(found, k)), snapshot, look))
        return (*made, _errors(found, self.ladder))


def _told(found: Polygons, k: int) -> str:
    off = f"off by {number(float(found.error[k]))} (n = {count(found.z.shape[1])})"
    if found.switched is None:
        return off
    share = float(found.switched[k].mean())
    told = f"{off}; {100 * share:.0f} % end in another mode"
    return f"{told}\n{odd_and_even(found)}".rstrip() if found.steps[k] == ODD else told


def odd_and_even(found: Polygons) -> str:
    """Where modes cross at t = 1/2, an odd N may be worse than the even one below it: in a sentence, with shares; empty
    where it is not."""
    if found.switched is None or not {ODD, EVEN} <= set(found.steps):
        return ""
    odd, even = (100 * float(found.switched[found.steps.index(n)].mean()) for n in (ODD, EVEN))
    if odd - even < 100 * CLEAR:
        return ""
    return f"odd N strides over t = 1/2, even N does not: {odd:.0f} % against {even:.0f} %"


def _polygons(
    snapshot: Snapshot, look: Look, found: Polygons, k: int, tint: dict, taken: float = 1.0
) -> tuple[Mark, ...]:
    """The accurate trajectories faint, the polygons with their corners, and who ended in another mode; up to the time
    ``taken``, with the particles there."""
    if bounds(snapshot) is None:
        return ()
    made = found.polygons[k][:, :LINES].swapaxes(0, 1)
    times = np.linspace(0, 1, made.shape[1])
    whole = taken >= 1.0
    if not whole:
        times, made = _begun(times, made, taken)
    still = [mark for layer in (TimeEnds(), Clouds()) for mark in layer.marks(snapshot, look)]
    who = np.arange(len(made))
    marks: list[Mark] = [
        *still,
        Lines(found.z[:, :LINES].swapaxes(0, 1), "muted", width=0.8, alpha=0.35, t=found.times, who=who),
        Lines(made, "flow", width=1.1, alpha=0.8, t=times, who=who, moving=not whole, **tint),
    ]
    if made.shape[1] > 2:
        corners = made[:, 1:-1]
        at = np.broadcast_to(times[1:-1], corners.shape[:2]).reshape(-1)
        marks.append(Points(corners.reshape(-1, made.shape[2]), "text", size=3.0, alpha=0.8, t=at, moving=not whole))
    if not whole:
        marks.append(Points(made[:, -1], "particle", size=4.2, t=taken, who=who, moving=True, **tint))
    elif found.switched is not None and (lost := found.switched[k][:LINES]).any():
        marks.append(Points(made[lost, -1], "warning", size=6.0, shape="x", t=1.0, name="ends in another mode"))
    return tuple(marks)


def _begun(times: np.ndarray, lines: np.ndarray, taken: float) -> tuple[np.ndarray, np.ndarray]:
    """The part of polygons (n, m, d) with corners at ``times`` that is walked at the time ``taken``."""
    k = min(int(np.searchsorted(times, taken, side="right")), len(times) - 1)
    share = np.float32((taken - times[k - 1]) / (times[k] - times[k - 1]))
    now = lines[:, k - 1] + share * (lines[:, k] - lines[:, k - 1])
    return np.append(times[:k], taken), np.concatenate([lines[:, :k], now[:, None]], 1)


def _errors(found: Polygons, ladder: tuple[int, ...] = SHOWN) -> Panel:
    """The error by N, that of one rung which stands alone pointed out; beside it lines of orders 1/2, 1 and 2, of which
    Euler falls along that of 1."""
    n, error = np.array(found.steps, float), found.error
    known = np.isfinite(error) & (error > ROUNDING)
    if not known.any():
        return Panel(TITLE, "chart", empty="One step is exact: the flow is straight.")
    marks: list[Mark] = [
        Curve(np.column_stack([n, error])[known], "flow", "Euler", dots=True, error=found.spread[known]),
    ]
    if len(ladder) == 1 and known[k := found.steps.index(ladder[0])]:
        marks.append(Curve(np.column_stack([n, error])[[k]], "warning", dots=True, width=3.0, moving=True))
    last = np.flatnonzero(known)[-1]
    slope = {name: error[last] * (n / n[last]) ** -by for name, by in SLOPES.items()}
    marks += [
        Curve(np.column_stack([n, y]), "muted", name, dash=name == EULERS, width=1.4 if name == EULERS else 0.9)
        for name, y in slope.items()
    ]
    (low, high), log = padded([*error[known], *slope[EULERS]])
    ticks = tuple((x, short(x)) for x in n.tolist() if x != 3)
    told = f"root mean square of |Ẑ1 − Z1|, n = {count(found.z.shape[1])}"
    wide = (n[0] / 1.3, n[-1] * 1.3)
    return Panel(TITLE, "chart", tuple(marks), (*wide, low, high), told, log_x=True, log_y=log, x_ticks=ticks, **HINT)
