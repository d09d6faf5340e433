"""The lens: the lines through one place, and the velocity that is their average."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np

from app.scene import captions
from app.scene.conditional import TITLES as CONDITIONAL
from app.scene.conditional import conditional
from app.scene.frame import bounds, box, framed, shown
from app.scene.known import flow
from app.scene.layers.clouds import Clouds
from app.scene.layers.time_ends import TimeEnds
from app.scene.layers.time_now import TimeNow
from app.scene.look import Look
from app.scene.marks import Arrows, Lines, Mark, Panel, Points
from app.scene.numbers import count, number
from app.scene.projection import Ball
from app.scene.riding import riding
from app.scene.stack import marks_of, needs_of
from app.scene.velocities import TITLE as VELOCITIES
from app.scene.velocities import ellipses, histogram, scatter
from app.scene.view import View
from engine.parts import knob
from engine.probe import Probe
from engine.probes.averaging import Averaging as Asked
from engine.probes.averaging import Fan
from engine.probes.one_target import OneTarget
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

STEP = 0.25  # of t that an arrow reaches ahead: one Euler step of N = 4
SHADES = 4  # of alpha that weights are told in
TINY = 1e-6
ALONG = "drag along a trajectory: t goes with it", "Ctrl and drag: the place, or here a trajectory"
TITLES = "Lines at x", "Flow at x", VELOCITIES


@part
class Averaging(View, frozen=True, tag="averaging"):
    """Where many lines pass, v is their average: at a crossing it points along none of them, and that is rewiring."""

    title = "Averaging"
    hint = (
        "The velocity is the average of the lines through a place. Click, drag, or hover with Shift to look elsewhere."
    )
    rank = 20
    points = pulls = True
    knobs_in: ClassVar = {"show": {"lines": "the lines at a place", "one target": "one target point beside all"}}

    show: Annotated[Literal["lines", "one target"], knob("show", tip="The lines at a place, or one target.")] = "lines"
    target: Annotated[tuple[float, ...], knob("target", tip="Near the chosen target point; none: any.")] = ()

    def resized(self, dim: int) -> Averaging:
        return self if len(self.target) == dim else self.turned("target", ())

    def needs(self, look: Look) -> tuple[Probe, ...]:
        one = (self._asked(look),) if self.show == "one target" else ()
        return (asked(look), *one, *needs_of(("flow",), look))

    def _asked(self, look: Look) -> OneTarget:
        return OneTarget(target=self.target, t=round(look.t, 2))

    def pointed(self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float]) -> dict[str, Any]:
        """The place itself; beside the flow the trajectory that is nearest; or which target point is meant."""
        dim = snapshot.spec.dim
        if panel > 1 or dim > 2:
            return {}
        if self.show == "one target" and not panel:
            return look.knobs_of(self.turned("target", at if dim == 2 else at[1:]))
        if panel and self.show == "lines" and (ridden := riding(snapshot, look, at)):
            return ridden
        if dim == 1:
            return {"t": min(1.0, max(0.0, at[0])), "lens": (at[1],), "playing": False, "follow": -1}
        return {"lens": at, "follow": -1}

    def dragged(self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float]) -> dict[str, Any]:
        along = panel == 1 and look.follow >= 0
        return riding(snapshot, look, at, look.follow) if along else self.pointed(snapshot, look, panel, at)

    def pulled(
        self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float], by: tuple[float, float]
    ) -> dict[str, Any]:
        """In space the place goes with the hand, as near to the eye as it is; or along a trajectory."""
        space = box(snapshot)
        if panel > 1 or snapshot.spec.dim < 3 or space is None:
            return {}
        if panel and self.show == "lines":
            return riding(snapshot, look, at, look.follow if any(by) else -1)
        ball, view = Ball.about(space, False), shown(snapshot, look)
        choosing = self.show == "one target" and not panel
        now = view.found(self._asked(look) if choosing else asked(look)) if view is not None else None
        near = 0.0 if now is None else float(look.camera.seen(ball.inside(now.target if choosing else now.x))[1])
        place = tuple(ball.outside(look.camera.place(at, near)).tolist())
        return look.knobs_of(self.turned("target", place)) if choosing else {"lens": place, "follow": -1}

    def carried(self, snapshot: Snapshot, look: Look) -> dict[str, Any]:
        """While t goes on, the lens rides on its trajectory."""
        found = flow(shown(snapshot, look))
        if found is None or not 0 <= look.follow < found.z.shape[1]:
            return {}
        return {"lens": tuple(found.at(look.t)[look.follow].astype(float).tolist())}

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view, offers = shown(snapshot, look), self.offered("show")
        answer = view.answer(asked(look)) if view is not None else None
        if answer is None or answer.value is None:
            why, waits = captions.unanswered(snapshot, view, answer, "Looking for a busy place…")
            return tuple(
                framed(Panel(title, "plane", empty=why, waits=waits, choices=() if k else offers), snapshot, look)
                if k < 2
                else Panel(title, "chart" if snapshot.spec.dim == 1 else "plane", empty=why, waits=waits)
                for k, title in enumerate(TITLES)
            )
        fan: Fan = answer.value
        one = view.found(self._asked(look)) if self.show == "one target" else None
        velocities = (histogram if snapshot.spec.dim == 1 else scatter)(
            fan, None if one is None else one.through(fan.x)
        )
        if self.show == "one target":
            return (*self._conditional(snapshot, look, view, fan), velocities)
        lines = Panel(TITLES[0], "plane", _left(snapshot, look, fan), caption=_told(fan), choices=offers)
        guide = ALONG[snapshot.spec.dim > 2]
        beside = Panel(TITLES[1], "plane", _right(snapshot, look, fan), caption=_beside(fan), guide=guide)
        return (framed(lines, snapshot, look), framed(beside, snapshot, look), velocities)

    def _conditional(self, snapshot: Snapshot, look: Look, view: RoundView, fan: Fan) -> tuple[Panel, Panel]:
        answer, offers = view.answer(self._asked(look)), self.offered("show")
        if answer is None or answer.value is None:
            why, waits = captions.unanswered(snapshot, view, answer, "Asking both fields…")
            both = (Panel(title, "plane", empty=why, waits=waits) for title in CONDITIONAL)
        else:
            both = conditional(snapshot, look, answer.value, tuple(_arrows(fan)))
        one, every = (framed(panel, snapshot, look) for panel in both)
        return replace(one, choices=offers), every


def asked(look: Look) -> Asked:
    """The place that is looked at, at the t of the look; or one that is found."""
    return Asked(at=look.lens, t=look.t) if look.lens else Asked()


def _vector(v: np.ndarray) -> str:
    least = TINY * float(np.abs(v).max(initial=0.0))  # the rounding of another component
    words = ", ".join(number(float(x) if abs(x) > least else 0.0) for x in v)
    return words if len(v) == 1 else f"({words})"


def _told(fan: Fan) -> str:
    """Where it is, the average, and how far the lines part around it."""
    at = f"x = {_vector(fan.x)} at t = {fan.t:.2f}"
    if fan.exact is not None:
        return f"{at}: average v* = {_vector(fan.exact)}\nlines part by tr Var = {number(fan.spread)}"
    error = number(float(np.linalg.norm(fan.error)), 1)
    part = number(float(np.trace(fan.covariance)))
    return (
        f"{at}: average {_vector(fan.mean)} ± {error}\nof {count(len(fan.weight))} lines, which part by tr Var = {part}"
    )


def _beside(fan: Fan) -> str:
    """What the net says there."""
    if fan.net is None:
        return ""
    best = fan.mean if fan.exact is None else fan.exact
    off = float(np.linalg.norm(fan.net - best))
    return f"v = {_vector(fan.net)} there, {number(off)} off the average"


def _left(snapshot: Snapshot, look: Look, fan: Fan) -> tuple[Mark, ...]:
    ends = [layer.marks(snapshot, look) for layer in (TimeEnds(), Clouds())] if bounds(snapshot) else []
    marks = [mark for some in ends for mark in some]
    path = shown(snapshot, look).path
    times = np.array([0.0, 1.0]) if path.straight else np.linspace(0, 1, 33)
    places = np.stack([np.asarray(path.at(fan.x0, fan.x1, t)[0], np.float32) for t in times.tolist()], 1)
    share = fan.weight / fan.weight.max()
    of = np.minimum((share * SHADES).astype(int), SHADES - 1)
    for shade in range(SHADES):
        rows = np.flatnonzero(of == shade)
        if len(rows):
            alpha = 0.15 + 0.6 * (shade + 1) / SHADES
            who = fan.who[rows]
            marks.append(Lines(places[rows], "pair", width=1.0, alpha=alpha, t=times, moving=True, who=who))
    marks += _arrows(fan)
    if snapshot.spec.dim == 1:
        marks += TimeNow().marks(snapshot, look)
    return tuple(marks)


def _right(snapshot: Snapshot, look: Look, fan: Fan) -> tuple[Mark, ...]:
    marks = marks_of("flow", snapshot, look, page=snapshot.spec.dim < 3) if bounds(snapshot) else ()
    return (*marks, *_arrows(fan))


def _arrows(fan: Fan) -> list[Mark]:
    """The average as a thick arrow, v beside it, how far lines part as ellipses, and the place itself."""
    x, told = fan.x[None].astype(np.float32), {"t": fan.t, "dt": STEP, "moving": True}
    best, name = (fan.mean, "average of the lines") if fan.exact is None else (fan.exact, "average v*")
    marks: list[Mark] = [Arrows(x, STEP * best[None], "text", width=5.0, name=name, **told)]
    if fan.net is not None:
        marks.append(Arrows(x, STEP * fan.net[None], "warning", width=1.6, name="v of the round", **told))
    if len(fan.x) > 1:
        marks += [
            Lines(rim[None], "text", width=1.0, alpha=0.8, t=fan.t, moving=True)
            for rim in ellipses(fan.x + STEP * best, STEP**2 * fan.covariance)
        ]
    marks.append(Points(x, "text", size=9.0, shape="ring", t=fan.t, moving=True))
    return marks
