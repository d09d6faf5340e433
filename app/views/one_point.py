"""One target point: why the velocity is (a - x)/(1 - t), and what that singularity is."""

from __future__ import annotations

import numpy as np

from app.scene import captions
from app.scene.frame import clouds, framed, many
from app.scene.layers.time_ends import TimeEnds
from app.scene.layers.time_now import TimeNow
from app.scene.look import Look
from app.scene.marks import Arrows, Curve, Lines, Mark, Panel, Points
from app.scene.numbers import number, short
from app.scene.view import View
from engine.registry import part
from engine.snapshot import Snapshot

STARTS = (0.1, 0.35, 0.65, 0.9)  # quantiles of the distance of the starts
TIMES = np.linspace(0.0, 1.0, 201)
LAST = 0.99  # of t that an axis of tau, or of 1/(1 - t), shows
LINES = 60
TITLES = (
    "Straight lines to a   v = (a − x)/(1 − t)",
    "Speed and deadline pressure",
    "Distance over τ = −log(1 − t)",
    "Potential ½|x − a|²",
)


@part
class OnePoint(View, frozen=True, tag="one-point"):
    """Straight lines to one point never cross before it: v* = (a - x)/(1 - t), and one Euler step is exact."""

    title = "One point"
    hint = "All lines to one point: constant speed, the deadline pressure 1/(1 − t), and gradient flow in its own time."
    rank = 110

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        source, target = clouds(snapshot)
        if not len(source) or not len(target):
            why, spaces = captions.waiting(snapshot) or "No points yet.", ("plane", "chart", "chart", "chart")
            return tuple(Panel(*named, empty=why, waits=True) for named in zip(TITLES, spaces, strict=True))
        a = np.median(target.astype(float), axis=0)
        away = np.quantile(np.linalg.norm(source.astype(float) - a, axis=1), STARTS)
        away = np.maximum(away, 1e-9)
        return (
            _lines(snapshot, look, source, a, bool(np.ptp(target, axis=0).max() < 1e-9)),
            _pressure(look.t),
            _over_tau(away, look.t),
            _potential(away, look.t),
        )


def _place(a: np.ndarray) -> str:
    words = ", ".join(number(float(x)) for x in a)
    return words if len(a) == 1 else f"({words})"


def _now(x: float, top: float) -> Mark:
    return Curve(np.array([[x, 0.0], [x, top]]), "grid", width=1.0, moving=True)


def _lines(snapshot: Snapshot, look: Look, source: np.ndarray, a: np.ndarray, single: bool) -> Panel:
    """x0 + t (a - x0), the particles on them, and the one Euler step from t that lands: x + (1 - t) v = a."""
    x0, a = source[: many(LINES, look)], a.astype(np.float32)
    ends = np.stack([x0, np.broadcast_to(a, x0.shape)], 1)
    xt = x0 + np.float32(look.t) * (a - x0)
    layers = (TimeEnds(), TimeNow())
    marks: list[Mark] = [mark for layer in layers for mark in layer.marks(snapshot, look)]
    marks += [
        Lines(ends, "flow", width=1.0, alpha=0.6, t=np.array([0.0, 1.0])),
        Points(x0, "source", size=3.0, alpha=0.8, t=0.0),
        Arrows(xt[:1], a - xt[:1], "text", width=3.0, t=look.t, dt=1 - look.t, moving=True, name="one Euler step"),
        Points(xt, "particle", size=4.2, t=look.t, moving=True),
        Points(a[None], "warning", size=10.0, shape="ring", t=1.0, name="a"),
    ]
    whose = "" if single else ", the middle of P₁: as if it were one point"
    told = f"a = {_place(a)}{whose}\none Euler step from any t lands: x + (1 − t) v = a"
    return framed(Panel(TITLES[0], "plane", tuple(marks), caption=told), snapshot, look)


def _pressure(t: float) -> Panel:
    """|v| = |a - x| / (1 - t): the distance falls as the pressure grows, and the speed stays."""
    early = TIMES[TIMES <= LAST]
    top = 12.0
    marks: list[Mark] = [Curve(np.column_stack([early, 1 / (1 - early)]), "warning", "pressure 1/(1 − t)")]
    marks += [
        Curve(np.array([[0.0, 1.0], [1.0, 1.0]]), "flow", "speed |v| = |a − x0|"),
        Curve(np.array([[0.0, 1.0], [1.0, 0.0]]), "muted", "distance, in that of the start", dash=True, width=1.2),
    ]
    marks.append(_now(t, top))
    now = f"1/(1 − t) = {number(1 / (1 - min(t, LAST)))}" if t < 1 else "1/(1 − t) has no value at t = 1"
    return Panel(TITLES[1], "chart", tuple(marks), (-0.03, 1.03, 0.0, top), now, x_ticks=_ticks())


def _over_tau(away: np.ndarray, t: float) -> Panel:
    """dx/dtau = a - x: the same curve is plain gradient flow, at its own pace, for ever."""
    tau = np.linspace(0.0, -np.log(1 - LAST), 101)
    marks: list[Mark] = []
    for k, r in enumerate(away):
        marks.append(
            Curve(np.column_stack([tau, r * np.exp(-tau)]), "flow", "r exp(−τ): gradient flow" if k == 0 else "")
        )
    top, now = 1.08 * float(away.max()), float(-np.log(1 - min(t, LAST)))
    marks.append(_now(now, top))
    return Panel(
        TITLES[2],
        "chart",
        tuple(marks),
        (0.0, float(tau[-1]), 0.0, top),
        f"τ = {number(now)} at t = {t:.2f}",
        x_label="τ",
    )


def _potential(away: np.ndarray, t: float) -> Panel:
    """Half the squared distance over t: normalised gradient flow falls down it at constant speed."""
    marks: list[Mark] = []
    for k, r in enumerate(away):
        marks.append(Points(np.array([[t, 0.5 * (r * (1 - t)) ** 2]]), "particle", size=6.0, moving=True))
        normal = np.column_stack([TIMES, 0.5 * (r * (1 - TIMES)) ** 2])
        plain = np.column_stack([TIMES, 0.5 * (r * np.exp(-TIMES)) ** 2])
        last = k == 0
        marks.append(Curve(normal, "flow", "normalised gradient flow, speed r" if last else ""))
        marks.append(Curve(plain, "muted", "plain gradient flow" if last else "", dash=True, width=1.2))
    top = 0.54 * float(away.max()) ** 2
    marks.append(_now(t, top))
    return Panel(TITLES[3], "chart", tuple(marks), (-0.03, 1.03, 0.0, top), x_ticks=_ticks())


def _ticks() -> tuple[tuple[float, str], ...]:
    return tuple((x, short(x)) for x in (0.0, 0.25, 0.5, 0.75, 1.0))
