"""Where the loss comes from: its floor V and the fit gap, its times, and what it says about straightness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.scene import captions
from app.scene.axes import padded, round_axis
from app.scene.charts.ladder import Ladder
from app.scene.charts.loss import Loss as Chart
from app.scene.frame import line, shown
from app.scene.known import FLOOR
from app.scene.look import Look
from app.scene.marks import Bars, Curve, Label, Panel
from app.scene.numbers import figure
from app.scene.view import View
from engine.evidence.estimate import Estimate
from engine.probe import Probe
from engine.probes.replay import HANDFUL, Replay
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

BY_T = Ladder("loss_by_t")
FEW, FRAMES = Replay(frames=HANDFUL), Replay()
LATER = "appears after round 1"
TITLES = "Training loss", "Loss = V + fit gap", "Loss by t", "Straightness S against loss"


@part
class Loss(View, frozen=True, tag="loss"):
    """The training loss never falls below V, which is crossing and not a fault of the net; the rest is the fit gap."""

    title = "Loss and fit"
    hint = "The loss is its floor V, the crossing that no net can undo, and the fit gap that training closes."
    rank = 90
    knobs = ()

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (FLOOR, FEW, FRAMES)

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        if not snapshot.rounds:
            return tuple(Panel(title, "chart", empty=captions.waiting(snapshot), waits=True) for title in TITLES)
        mine = [(k, view) for k, view in line(snapshot, look) if k]
        made: tuple[Callable[[], Panel], ...] = (
            lambda: Chart().panel(snapshot, look),
            lambda: _stack(mine),
            lambda: replace(BY_T.panel(snapshot, look), title=TITLES[2]),
            lambda: _straight(mine, shown(snapshot, look)),
        )
        return tuple(make() for make in made)


def _stack(mine: list[tuple[int, RoundView]]) -> Panel:
    """V and the fit gap on it, by round, beside the loss."""
    known = [(k, _three(view)) for k, view in mine]
    known = [(k, three) for k, three in known if three is not None]
    title = TITLES[1]
    if not known:
        return Panel(title, "chart", empty=LATER)
    at = np.array([k for k, _ in known], float)
    loss, V, gap = (np.array([three[i].value for _, three in known], float) for i in range(3))
    marks = (
        Bars(at - 0.2, (("loss", "muted", loss),), width=0.34, hollow=True),
        # An estimate near zero may fall below it; a stack has no room for that.
        Bars(at + 0.2, (("V", "warning", V.clip(0)), ("fit gap", "flow", gap.clip(0))), width=0.34),
    )
    wide, ticks = round_axis(mine[-1][0])
    top = 1.06 * max(float(loss.max()), float((V.clip(0) + gap.clip(0)).max()), 1e-12)
    last = known[-1][1]
    told = f"round {known[-1][0]}: V = {figure(last[1])}, fit gap = {figure(last[2])}"
    return Panel(title, "chart", marks, (*wide, 0.0, top), told, x_ticks=ticks)


def _three(view: RoundView) -> tuple[Estimate, Estimate, Estimate] | None:
    found = tuple(view.figures.single.get(name) for name in ("loss", "crossing", "fit_gap"))
    return found if all(e is not None and np.isfinite(e.value) for e in found) else None


def _straight(mine: list[tuple[int, RoundView]], view: RoundView | None) -> Panel:
    """Each round by its loss and its straightness: where S falls, the floor of the next loss does. Behind them the way
    that the training of the round on show took, from its first key frame to its last."""
    title, way = TITLES[3], _way(view)
    known = []
    for k, view in mine:
        loss, S = view.figures.single.get("loss"), view.figures.single.get("straightness")
        if loss is not None and S is not None and np.isfinite([loss.value, S.value]).all():
            known.append((k, loss, S))
    if not known and way is None:
        return Panel(title, "chart", empty=LATER)
    drawn = way if way is not None else np.zeros((0, 2))
    late = drawn[len(drawn) // 4 :, 1].tolist()  # at first S is nearly nothing, and nothing to draw an axis for
    if not known:
        (left, right), log_x = padded(drawn[:, 0].tolist(), zero=True)
        (low, high), log_y = padded(late, zero=True)
        box = (left, right, low, high)
        return Panel(title, "chart", _trail(way), box, "by key frame", "loss", "S", log_x=log_x, log_y=log_y)
    xy = np.array([(loss.value, S.value) for _, loss, S in known], float)
    error = np.array([S.error or 0.0 for _, _, S in known])
    (left, right), log_x = padded([*xy[:, 0], *drawn[:, 0]], zero=True)
    (low, high), log_y = padded([*(xy[:, 1] + error), *xy[:, 1], *late], zero=True)
    labels = tuple(
        Label((x, y), f" {k}", "text", anchor=(0.0, 1.0)) for (k, _, _), (x, y) in zip(known, xy, strict=True)
    )
    name = "rounds" if way is not None else ""
    curve = Curve(xy, "good", name, dots=True, error=error if error.any() else None)
    box, told = (left, right, low, high), "by round" if way is None else "by round and key frame"
    return Panel(title, "chart", (*_trail(way), curve, *labels), box, told, "loss", "S", log_x=log_x, log_y=log_y)


def _way(view: RoundView | None) -> np.ndarray | None:
    """(loss, S) by key frame (k, 2) of the training on show; None before it is known."""
    found = view.found(FRAMES) if view is not None else None
    if found is None or len(found.steps) < 2:
        return None
    both = np.column_stack([found.curve("loss")[0], found.curve("S")[0]])
    return both[np.isfinite(both).all(1)]


def _trail(way: np.ndarray | None) -> tuple[Curve, ...]:
    return () if way is None else (Curve(way, "muted", "key frames", width=1.2, dots=True, hollow=True),)
