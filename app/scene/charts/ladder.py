"""One chart for every figure with a ladder: by steps N, by power p or by time t, with what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import numpy as np

from app.scene.axes import padded
from app.scene.chart import FAINT, Chart, later, training
from app.scene.frame import shown
from app.scene.known import PROVISIONAL, provisional
from app.scene.look import Look
from app.scene.marks import Curve, Panel
from app.scene.numbers import ROUNDING, basis, short
from engine.evidence.estimate import Estimate
from engine.evidence.metric import Metric
from engine.parts import knob
from engine.probe import Probe
from engine.registry import kinds, part
from engine.snapshot import RoundView, Snapshot
from engine.tree import title

FEW = 4  # rounds that the legend names in full
EARLY = ("euler_error", "loss_by_t")  # known of a net in training
INKS = 5  # rounds with an ink of their own: later ones have open dots
BESIDE = ("muted", "round_3", "round_4")  # inks of the figures beside


def ladders() -> dict[str, type[Metric]]:
    """The metrics with a ladder that have a chart of their own: some only stand beside another one."""
    found = {kind: metric for kind, metric in kinds("metrics").items() if metric.ladder}
    beside = {other for metric in found.values() for other in metric.beside}
    return {kind: metric for kind, metric in found.items() if kind not in beside}


@part
class Ladder(Chart, frozen=True, tag="ladder"):
    """One figure by steps, power or time, of all rounds; or of the round on show, with what stands beside it."""

    title, rank = "Error of N Euler steps", 30

    metric: Annotated[str, knob("figure", tip="A metric with a ladder.")] = "euler_error"

    @classmethod
    def named(cls, name: str) -> Ladder | None:
        return cls(name) if name in ladders() else None

    @classmethod
    def offered(cls, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
        known = {kind for view in snapshot.rounds for kind in view.figures.ladders} | {cls().metric}
        return tuple((kind, _title(metric)) for kind, metric in ladders().items() if kind in known)

    def hint(self) -> str:
        metric = kinds("metrics")[self.metric]
        return metric.about or " ".join((metric.__doc__ or metric.label).split())

    def typed_formula(self) -> str:
        return kinds("metrics")[self.metric].formula

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (PROVISIONAL,) if self.metric in EARLY else ()

    def panel(self, snapshot: Snapshot, look: Look) -> Panel:
        kind, metric, view = self.metric, kinds("metrics")[self.metric], shown(snapshot, look)
        curves = _of_one(kind, metric, view) if metric.beside else _of_all(kind, metric, snapshot, view)
        if not curves:
            return later(_title(metric), snapshot)
        rests = {basis(e) for each in snapshot.rounds for e in each.figures.ladders.get(kind, {}).values()}
        return _panel(metric, curves, rests.pop() if len(rests) == 1 else "")


def _of_one(kind: str, metric: type[Metric], view: RoundView | None) -> list[Curve]:
    if view is None:
        return []
    curves = [*_early(kind, metric, view), *_measured(kind, metric, view, called(view))]
    if not curves:
        return []
    curves += _curve(metric, view.beside.ladders.get(kind, {}), "warning", view.reference or "v*", True)
    for other, ink in zip(metric.beside, BESIDE, strict=False):
        curves += _curve(metric, view.figures.ladders.get(other, {}), ink, kinds("metrics")[other].label, True)
    return curves


def _of_all(kind: str, metric: type[Metric], snapshot: Snapshot, view: RoundView | None) -> list[Curve]:
    known, curves = [each for each in snapshot.rounds if kind in each.figures.ladders], []
    for each in known:
        short = len(known) > FEW and curves and "." not in each.name  # round 1, 2, 3, ...
        name = str(each.number) if short else called(each)
        curves += _measured(kind, metric, each, name)
    curves = [*(curve for each in snapshot.rounds for curve in _early(kind, metric, each)), *curves]
    if not curves or view is None:
        return curves
    beside = view.reference or "closed form v*"
    return [*_curve(metric, view.beside.ladders.get(kind, {}), "warning", beside, True), *curves]


def _measured(kind: str, metric: type[Metric], view: RoundView, name: str) -> list[Curve]:
    return _curve(metric, view.figures.ladders.get(kind, {}), f"round_{view.number}", name)


def _early(kind: str, metric: type[Metric], view: RoundView) -> list[Curve]:
    """What is known of the net in training."""
    rungs = provisional(view).ladders.get(kind, {})
    curves = _curve(metric, rungs, f"round_{view.number}", f"{called(view)} {training(rungs.values())}")
    return [replace(curve, hollow=True, alpha=FAINT) for curve in curves]


def _curve(
    metric: type[Metric], rungs: Mapping[float, Estimate], ink: str, name: str, dash: bool = False
) -> list[Curve]:
    """The curve of the figures that can be drawn; a share may be 0, elsewhere 0 is rounding."""
    low = 0.0 if metric.unit == "share" else ROUNDING
    found = [(x, e) for x, e in sorted(rungs.items()) if np.isfinite(e.value) and e.value >= low]
    if not found:
        return []
    xy = np.array([(x, e.value) for x, e in found], float)
    error = np.array([e.error or 0.0 for _, e in found])
    again = ink.startswith("round_") and int(ink[6:]) > INKS  # its ink is that of an earlier round
    return [Curve(xy, ink, name, dash=dash, dots=not dash, hollow=again, error=error if error.any() else None)]


def called(view: RoundView) -> str:
    """A round in a legend: ``round 2``, ``refreshed``."""
    return title(view.name) if "." in view.name else f"round {view.number}"


def _title(metric: type[Metric]) -> str:
    return metric.chart or metric.label[:1].upper() + metric.label[1:]


def _panel(metric: type[Metric], curves: list[Curve], caption: str) -> Panel:
    xs = np.unique(np.concatenate([curve.xy[:, 0] for curve in curves]))
    values = [v for curve in curves for v in curve.xy[:, 1].tolist()]
    if metric.unit == "share":
        values = [0.0, *values]
    (low, high), log = padded(values, zero=True, spread=1.0 if metric.axis == "N" else 10.0)
    if log and high / low < 10:
        low, high = low / 3, high * 3
    if metric.axis == "N":
        right = max(2.0, *xs)
        ticks = tuple((float(n), str(n)) for n in (2**k for k in range(13)) if xs[0] <= n <= right)
        wide = (xs[0] / 1.3, right * 1.3)
    elif metric.axis == "t":
        ticks, wide = tuple((x, short(x)) for x in (0.0, 0.25, 0.5, 0.75, 1.0)), (-0.03, 1.03)
    else:
        ticks, wide = tuple((float(x), short(x)) for x in xs), (xs[0] - 0.4, xs[-1] + 0.4)
    return Panel(
        _title(metric),
        "chart",
        tuple(curves),
        (*wide, low, high),
        caption=caption,
        log_x=metric.axis == "N",
        log_y=log,
        x_ticks=ticks,
    )
