"""The velocity field: arrows or streamlines, maps of it, and the data that a place looks ahead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np

from app.scene import captions
from app.scene.field_maps import PER, WORDS, grid, heat, map_of, rim
from app.scene.frame import box, framed, shown
from app.scene.growth import growth
from app.scene.known import FLOW
from app.scene.layers.clouds import Clouds
from app.scene.layers.time_ends import TimeEnds
from app.scene.layers.time_now import TimeNow
from app.scene.look import Look
from app.scene.marks import Arrows, Lines, Mark, Panel
from app.scene.numbers import number
from app.scene.posterior import posterior
from app.scene.projection import Ball
from app.scene.view import View
from engine.parts import knob
from engine.probe import Probe
from engine.probes.field_map import FieldMap, Mapped
from engine.probes.posterior import Posterior, PosteriorWeights
from engine.probes.speeds import Speeds
from engine.probes.streamlines import Streamlines, Streams
from engine.probes.trajectories import Traced
from engine.registry import part
from engine.snapshot import Snapshot

TICKS = 0.01  # of t that the picture follows
NUDGE = 0.04  # of the box that a key moves the slice
STREAMS = 40  # trajectories that stand for streamlines on the line
HEAD = 0.035  # of the box's diagonal: arrowheads of streamlines
SPEEDS = Speeds()
DOING = "Asking the field…"


@part
class Field(View, frozen=True, tag="field"):
    """Arrows over speed, a map of the divergence or another one, the posterior at a place, the growth towards t = 1."""

    title = "Field"
    hint = "The velocity v(x, t) and its maps; the data that a place looks ahead to; how v grows towards t = 1."
    rank = 40
    points = pulls = True
    knobs_in: ClassVar = {
        "lines": {"arrows": "arrows", "streamlines": "streamlines"},
        "heat": WORDS,
        "across": {axis: f"slice across {axis}" for axis in "xyz"},
    }

    lines: Annotated[Literal["arrows", "streamlines"], knob("lines", tip="What the field is drawn with.")] = "arrows"
    heat: Annotated[Literal["divergence", "variance", "gap", "speed"], knob("map", tip="What the map shows.")] = (
        "divergence"
    )
    across: Annotated[Literal["x", "y", "z"], knob("slice across", tip="In 3-D: the axis that the slice cuts.")] = "z"
    at: Annotated[float, knob("slice at", 0.0, 1.0, tip="In 3-D: where, as a share of the box.")] = 0.5

    def needs(self, look: Look) -> tuple[Probe, ...]:
        """The field near the t of the look: a picture for each beat would never be ready."""
        t = round(round(look.t / TICKS) * TICKS, 6)
        streams = (Streamlines(t=t),) if self.lines == "streamlines" else ()
        return (self.asked(t), PosteriorWeights(at=look.lens, t=t), SPEEDS, *streams, FLOW)

    def asked(self, t: float) -> FieldMap:
        return FieldMap(t=t, across=self.across, at=self.at)

    def slider(self, look: Look, dim: int) -> str:
        return "at" if dim == 3 else ""

    def pointed(self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float]) -> dict[str, Any]:
        dim, found = snapshot.spec.dim, self._mapped(snapshot, look)
        if panel > 2 or (dim == 3 and (panel != 1 or found is None)):
            return {}
        if dim == 1:
            return {"t": min(1.0, max(0.0, at[0])), "lens": (at[1],), "playing": False, "follow": -1}
        if dim == 2:
            return {"lens": at, "follow": -1}
        place = found.at[0, 0].astype(float)
        place[list(found.axes)] = at
        return {"lens": tuple(place.tolist()), "follow": -1}

    def pulled(
        self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float], by: tuple[float, float]
    ) -> dict[str, Any]:
        """The slice goes with the hand along the axis that it cuts."""
        if panel or not any(by) or (space := box(snapshot)) is None:
            return {}
        k = "xyz".index(self.across)
        along = look.camera.axes[:2, k] * look.camera.zoom
        long = float(along @ along)
        if long < 1e-3:
            return {}  # looked at along this axis
        low, high = space[2 * k : 2 * k + 2]
        return self._moved(look, float(np.array(by) @ along) / long / Ball.about(space, False).scale[k] / (high - low))

    def nudged(self, snapshot: Snapshot, look: Look, by: int) -> dict[str, Any]:
        return self._moved(look, NUDGE * by) if snapshot.spec.dim == 3 else {}

    def _moved(self, look: Look, by: float) -> dict[str, Any]:
        return look.knobs_of(self.turned("at", round(min(1.0, max(0.0, self.at + by)), 4)))

    def _mapped(self, snapshot: Snapshot, look: Look) -> Mapped | None:
        view = shown(snapshot, look)
        return view.found(self.asked(look.t)) if view is not None else None

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view, dim = shown(snapshot, look), snapshot.spec.dim
        asked, of_place, _, *rest = self.needs(look)
        answer = view.answer(asked) if view is not None else None
        at = "" if dim == 1 else f"   at t = {look.t:.2f}"
        titles = (
            f"Velocity v{at}",
            f"{WORDS[self.heat].capitalize()}{at}",
            f"Posterior of X1{at}",
            "Speed towards t = 1",
        )
        lines = self.offered("lines") + (self.offered("across") if dim == 3 else ())
        offers = lines, self.offered("heat"), (), ()
        if answer is None or answer.value is None:
            why, waits = captions.unanswered(snapshot, view, answer, DOING)
            spaces = "plane", "plane", "plane", "chart"
            made = [
                Panel(title, space, empty=why, waits=waits, choices=choices)
                for title, space, choices in zip(titles, spaces, offers, strict=True)
            ]
            return tuple(framed(panel, snapshot, look) if k in (0, 2) else panel for k, panel in enumerate(made))
        found: Mapped = answer.value
        streams = view.found(rest[0]) if self.lines == "streamlines" else None
        drawn = self._velocity(snapshot, look, found, streams, view.found(FLOW))
        now = TimeNow().marks(snapshot, look)
        told, guide = self._told(found, dim)
        velocity = Panel(titles[0], "plane", (*drawn, *now), caption=told, guide=guide, choices=lines)
        told = f"on the slice {_slice(found)}" if dim == 3 else ""
        mapped = map_of(self.heat, found, view, Panel(titles[1], "plane", caption=told, choices=offers[1]))
        place, trouble = view.found(of_place), view.answer(of_place)
        why = captions.unanswered(snapshot, view, trouble, DOING)[0] if place is None else ""
        return (
            framed(velocity, snapshot, look),
            _sliced(mapped, found)
            if dim == 3
            else framed(replace(mapped, marks=(*mapped.marks, *now)), snapshot, look),
            _posterior(snapshot, look, place, Panel(titles[2], "plane", empty=why, waits=trouble is None)),
            growth(view.found(SPEEDS), look.t, titles[3]),
        )

    def _velocity(
        self, snapshot: Snapshot, look: Look, found: Mapped, streams: Streams | None, traced: Traced | None
    ) -> tuple[Mark, ...]:
        dim = snapshot.spec.dim
        speed = np.linalg.norm(found.v, axis=-1)
        ends = [mark for layer in (TimeEnds(), Clouds()) for mark in layer.marks(snapshot, look)]
        ground = (*ends, *(heat(speed, found.bounds, "flow", f"speed |v|, {PER}", 0.6) if dim < 3 else rim(found)))
        if self.lines == "arrows":
            return (*ground, *grid(found, dim))
        if dim == 1:
            lines = () if traced is None else (traced.z[:, :STREAMS].swapaxes(0, 1),)
            return (*ground, *(Lines(z, "text", width=1.0, alpha=0.55, t=traced.times, moving=True) for z in lines))
        return (*ground, *_streamlines(streams)) if streams is not None else ground

    def _told(self, found: Mapped, dim: int) -> tuple[str, str]:
        """Of the velocity, and what a hand can do."""
        if self.lines == "streamlines":
            on_the_line = "on the page of (t, x) streamlines are trajectories"
            return on_the_line if dim == 1 else "along v with t held still: a particle leaves them as t goes on", ""
        if dim < 3:
            return "", "Click or drag: a place for the posterior"
        return f"on the slice {_slice(found)}", "The slider, Ctrl and drag, or Ctrl+[ and Ctrl+] move it"


def _slice(found: Mapped) -> str:
    k = 3 - sum(found.axes)
    return f"{'xyz'[k]} = {number(float(found.at[0, 0, k]))}"


def _sliced(panel: Panel, found: Mapped) -> Panel:
    """On the slice's own page."""
    one, other = ("xyz"[k] for k in found.axes)
    return replace(panel, bounds=found.bounds, axes=True, x_label=one, y_label=other)


def _streamlines(found: Streams) -> tuple[Mark, ...]:
    """The lines, and a head on each where it was drawn from."""
    lines = found.lines
    if not len(lines):
        return ()
    along = lines[:, found.middle + 1] - lines[:, found.middle - 1]
    heads = np.isfinite(along).all(1)
    span = float(np.linalg.norm(np.nanmax(lines, (0, 1)) - np.nanmin(lines, (0, 1))))
    length = np.linalg.norm(along[heads], axis=1, keepdims=True)
    step = HEAD * span * along[heads] / np.maximum(length, 1e-12)
    middle = lines[heads, found.middle]
    return (
        Lines(lines, "text", width=1.0, alpha=0.75, moving=True),
        Arrows(middle - step / 2, step, "text", width=1.2, moving=True),
    )


def _posterior(snapshot: Snapshot, look: Look, found: Posterior | None, panel: Panel) -> Panel:
    made = framed(panel, snapshot, look)
    return made if found is None else posterior(snapshot, look, found, made)
