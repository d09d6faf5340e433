"""Where the loss comes from: its floor V and the fit gap, its times, and what it says about straightness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.scene import captions
from app.scene.axes import padded, round_axis
from app.scene.chart import FAINT
from app.scene.charts.ladder import Ladder
from app.scene.charts.loss import Loss as Chart
from app.scene.frame import line, shown
from app.scene.known import FLOOR, PROVISIONAL, floor, provisional
from app.scene.look import Look
from app.scene.marks import Bars, Curve, Label, Panel
from app.scene.numbers import basis, figure
from app.scene.view import View
from engine.evidence.estimate import Estimate
from engine.probe import Probe
from engine.probes.replay import HANDFUL, Replay
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

BY_T = Ladder("loss_by_t")
FEW, FRAMES = Replay(frames=HANDFUL), Replay()
LATER = "appears after round 1"
HINT = "The loss is its floor V, which is crossing, and the fit gap, which training closes."
FORMULA = "L(v) = V + ∫ E|v(X_t, t) − v*(X_t, t)|² dt"
LIGHTER = {"hollow": True, "alpha": FAINT}
TITLES = "Training loss", "Loss = V + fit gap", "Loss by t", "Straightness S against loss"


@part
class Loss(View, frozen=True, tag="loss"):
    """The training loss never falls below V, which is crossing and not a fault of the net; the rest is the fit gap."""

    title = "Loss and fit"
    hint = "The loss is its floor V, the crossing that no net can undo, and the fit gap that training closes."
    rank = 90
    measured = True
    knobs = ()

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return FLOOR, PROVISIONAL, FEW, FRAMES

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
        coming = captions.flows(snapshot, shown(snapshot, look))
        learns = snapshot.spec.velocity.learns  # or there will be no training loss
        panels = [make() for make in made]
        return tuple(
            replace(panel, waits=bool(panel.empty) and coming and (learns or k > 0)) for k, panel in enumerate(panels)
        )


def _stack(mine: list[tuple[int, RoundView]]) -> Panel:
    """V and the fit gap on it, by round, beside the loss; lighter where a net is in training."""
    known = [(k, three) for k, view in mine if (three := _three(view))]
    early = [(k, three) for k, view in mine if not _three(view) and (three := _early(view))]
    title = TITLES[1]
    if not known and not early:
        return Panel(title, "chart", empty=LATER)
    marks = (*_bars(early, FAINT), *_bars(known, 1.0))
    top = 1.06 * max(float(sum(heights for *_, heights in mark.parts).max()) for mark in marks)
    wide, ticks = round_axis(mine[-1][0])
    k, (_, V, gap) = (known or early)[-1]
    told = f"round {k}: V = {figure(V)}, fit gap = {figure(gap)}"
    told += f"; lighter: in training, {basis(early[-1][1][0])}" if early else ""
    return Panel(title, "chart", marks, (*wide, 0.0, max(top, 1e-12)), told, x_ticks=ticks, hint=HINT, formula=FORMULA)


def _bars(rounds: list[tuple[int, tuple[Estimate, Estimate, Estimate]]], alpha: float) -> tuple[Bars, ...]:
    if not rounds:
        return ()
    at = np.array([k for k, _ in rounds], float)
    # An estimate near zero may fall below it; a stack has no room for that.
    loss, V, gap = (np.array([max(0.0, three[i].value) for _, three in rounds], float) for i in range(3))
    return (
        Bars(at - 0.2, (("loss", "muted", loss),), width=0.34, hollow=True, alpha=alpha),
        Bars(at + 0.2, (("V", "warning", V), ("fit gap", "flow", gap)), width=0.34, alpha=alpha),
    )


def _three(view: RoundView) -> tuple[Estimate, Estimate, Estimate] | None:
    found = tuple(view.figures.single.get(name) for name in ("loss", "crossing", "fit_gap"))
    return found if all(e is not None and np.isfinite(e.value) for e in found) else None


def _early(view: RoundView) -> tuple[Estimate, Estimate, Estimate] | None:
    """Of a net in training, where a closed form tells V: the gap is the difference, with the errors of both."""
    loss, V = provisional(view).single.get("loss"), floor(view)
    if loss is None or V is None or not np.isfinite([loss.value, V.value]).all():
        return None
    return loss, V, Estimate(loss.value - V.value, float(np.hypot(loss.error or 0.0, V.error or 0.0)), loss.n)


def _straight(mine: list[tuple[int, RoundView]], view: RoundView | None) -> Panel:
    """Each round by its loss and its straightness: where S falls, the floor of the next loss does. Behind them the way
    that the training of the round on show took, from its first key frame to its last."""
    title, way = TITLES[3], _way(view)
    known = []
    for k, view in mine:
        for single in (view.figures.single, provisional(view).single):
            loss, S = single.get("loss"), single.get("straightness")
            if loss is not None and S is not None and np.isfinite([loss.value, S.value]).all():
                known.append((k, loss, S, single is view.figures.single))
                break
    if not known and way is None:
        return Panel(title, "chart", empty=LATER)
    drawn = way if way is not None else np.zeros((0, 2))
    late = drawn[len(drawn) // 4 :, 1].tolist()  # at first S is nearly nothing, and nothing to draw an axis for
    if not known:
        (left, right), log_x = padded(drawn[:, 0].tolist(), zero=True)
        (low, high), log_y = padded(late, zero=True)
        box = (left, right, low, high)
        return Panel(title, "chart", _trail(way), box, "by key frame", "loss", "S", log_x=log_x, log_y=log_y)
    xy = np.array([(loss.value, S.value) for _, loss, S, _ in known], float)
    error = np.array([S.error or 0.0 for _, _, S, _ in known])
    sure = np.array([measured for *_, measured in known])
    (left, right), log_x = padded([*xy[:, 0], *drawn[:, 0]], zero=True)
    (low, high), log_y = padded([*(xy[:, 1] + error), *xy[:, 1], *late], zero=True)
    mid = [
        (low * high) ** 0.5 if log else (low + high) / 2
        for low, high, log in ((left, right, log_x), (low, high, log_y))
    ]
    labels = tuple(  # towards the middle, where there is room
        Label((x, y), f" {k} ", "text", anchor=(float(x > mid[0]), float(y < mid[1])))
        for (k, *_), (x, y) in zip(known, xy, strict=True)
    )
    told = f"in training, {basis(known[-1][1])}"
    curves = [
        Curve(xy[rows], "good", words, dots=True, error=error[rows], **dress)
        for rows, words, dress in ((sure, "rounds" if way is not None else "", {}), (~sure, told, LIGHTER))
        if rows.any()
    ]
    box, words = (left, right, low, high), "by round" if way is None else "by round and key frame"
    return Panel(title, "chart", (*_trail(way), *curves, *labels), box, words, "loss", "S", log_x=log_x, log_y=log_y)


def _way(view: RoundView | None) -> np.ndarray | None:
    """(loss, S) by key frame (k, 2) of the training on show; None before it is known."""
    found = view.found(FRAMES) if view is not None else None
    if found is None or len(found.steps) < 2:
        return None
    both = np.column_stack([found.curve("loss")[0], found.curve("S")[0]])
    return both[np.isfinite(both).all(1)]


def _trail(way: np.ndarray | None) -> tuple[Curve, ...]:
    return () if way is None else (Curve(way, "muted", "key frames", width=1.2, dots=True, hollow=True),)
