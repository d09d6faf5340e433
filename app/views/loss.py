"""Where the loss comes from: its floor V and the fit gap, its times, and what it says about straightness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.scene import captions
from app.scene.axes import padded, round_axis
from app.scene.charts.ladder import Ladder
from app.scene.charts.loss import Loss as Chart
from app.scene.frame import line
from app.scene.known import FLOOR
from app.scene.look import Look
from app.scene.marks import Bars, Curve, Label, Panel
from app.scene.numbers import figure
from app.scene.view import View
from engine.evidence.estimate import Estimate
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

BY_T = Ladder("loss_by_t")
LATER = "appears after round 1"
TITLES = "Training loss", "Loss = V + fit gap", "Loss by t", "Straightness S against loss"


@part
class Loss(View, frozen=True, tag="loss"):
    """The training loss never falls below V, which is crossing and not a fault of the net; the rest is the fit gap."""

    title = "Loss and fit"
    hint = "The loss is its floor V, the crossing that no net can undo, and the fit gap that training closes."
    rank = 90

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (FLOOR,)

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        if not snapshot.rounds:
            return tuple(Panel(title, "chart", empty=captions.waiting(snapshot), waits=True) for title in TITLES)
        mine = [(k, view) for k, view in line(snapshot, look) if k]
        made: tuple[Callable[[], Panel], ...] = (
            lambda: Chart().panel(snapshot, look),
            lambda: _stack(mine),
            lambda: replace(BY_T.panel(snapshot, look), title=TITLES[2]),
            lambda: _straight(mine),
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
    hint = "The loss is its floor V, which is crossing, and the fit gap, which training closes."
    formula = "L(v) = V + ∫ E|v(X_t, t) − v*(X_t, t)|² dt"
    return Panel(title, "chart", marks, (*wide, 0.0, top), told, x_ticks=ticks, hint=hint, formula=formula)


def _three(view: RoundView) -> tuple[Estimate, Estimate, Estimate] | None:
    found = tuple(view.figures.single.get(name) for name in ("loss", "crossing", "fit_gap"))
    return found if all(e is not None and np.isfinite(e.value) for e in found) else None


def _straight(mine: list[tuple[int, RoundView]]) -> Panel:
    """Each round by its loss and its straightness: where S falls, the floor of the next loss does."""
    title = TITLES[3]
    known = []
    for k, view in mine:
        loss, S = view.figures.single.get("loss"), view.figures.single.get("straightness")
        if loss is not None and S is not None and np.isfinite([loss.value, S.value]).all():
            known.append((k, loss, S))
    if not known:
        return Panel(title, "chart", empty=LATER)
    xy = np.array([(loss.value, S.value) for _, loss, S in known], float)
    error = np.array([S.error or 0.0 for _, _, S in known])
    (left, right), log_x = padded(xy[:, 0].tolist(), zero=True)
    (low, high), log_y = padded([*(xy[:, 1] + error), *xy[:, 1]], zero=True)
    labels = tuple(
        Label((x, y), f" {k}", "text", anchor=(0.0, 1.0)) for (k, _, _), (x, y) in zip(known, xy, strict=True)
    )
    curve = Curve(xy, "good", "", dots=True, error=error if error.any() else None)
    box = (left, right, low, high)
    return Panel(title, "chart", (curve, *labels), box, "by round", "loss", "S", log_x=log_x, log_y=log_y)
