"""One chart for every figure with a ladder: by steps N, by power p or by time t, with what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.scene.charts.axes import padded
from app.scene.frame import shown
from app.scene.look import Look
from app.scene.marks import Curve, Panel
from app.scene.numbers import ROUNDING, basis
from app.scene.same import Same
from engine.evidence.estimate import Estimate
from engine.evidence.metric import Metric
from engine.registry import kinds
from engine.snapshot import RoundView, Snapshot
from engine.tree import title

FIRST = "euler_error"  # what is shown until another one is chosen
FEW = 4  # rounds that the legend names in full
INKS = 5  # rounds with an ink of their own: later ones have open dots
BESIDE = ("muted", "round_3", "round_4")  # inks of the figures beside


def offered(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """(kind, label) of the ladders that are known for some round; those that stand beside another one are its own."""
    ladders = {kind: metric for kind, metric in kinds("metrics").items() if metric.ladder}
    beside = {other for metric in ladders.values() for other in metric.beside}
    known = {kind for view in snapshot.rounds for kind in view.ladders}
    found = [kind for kind in ladders if kind not in beside and (kind in known or kind == FIRST)]
    return tuple((kind, ladders[kind].label) for kind in found)


def chart(snapshot: Snapshot, look: Look) -> Panel:
    kind = look.ladder if look.ladder in kinds("metrics") and kinds("metrics")[look.ladder].ladder else FIRST
    metric, view = kinds("metrics")[kind], shown(snapshot, look)
    curves: list[Curve] = []
    if metric.beside:
        if view is not None and kind in view.ladders:
            curves += _curve(metric, view.ladders[kind], f"round_{view.number}", called(view))
            curves += _curve(metric, view.truth_ladders.get(kind, {}), "warning", view.reference or "v*", True)
            for other, ink in zip(metric.beside, BESIDE, strict=False):
                curves += _curve(metric, view.ladders.get(other, {}), ink, kinds("metrics")[other].label, True)
    else:
        known = [each for each in snapshot.rounds if kind in each.ladders]
        for each in known:
            short = len(known) > FEW and curves and "." not in each.name  # round 1, 2, 3, ...
            name = str(each.number) if short else called(each)
            curves += _curve(metric, each.ladders[kind], f"round_{each.number}", name)
        if curves and view is not None:
            curves = [
                *_curve(metric, view.truth_ladders.get(kind, {}), "warning", view.reference or "closed form v*", True),
                *curves,
            ]
    if not curves:
        return Panel(_title(metric), "chart", empty="appears after round 1")
    rests = {basis(e) for each in snapshot.rounds for e in each.ladders.get(kind, {}).values()}
    caption = rests.pop() if len(rests) == 1 else ""
    return _panel(metric, curves, caption, Same(kind, *(part for c in curves for part in (c.ink, c.xy, c.error))))


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
    return metric.label[:1].upper() + metric.label[1:]


def _panel(metric: type[Metric], curves: list[Curve], caption: str, key: Same) -> Panel:
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
        ticks, wide = tuple((x, f"{x:g}") for x in (0.0, 0.25, 0.5, 0.75, 1.0)), (-0.03, 1.03)
    else:
        ticks, wide = tuple((float(x), f"{x:g}") for x in xs), (xs[0] - 0.4, xs[-1] + 0.4)
    return Panel(
        _title(metric),
        "chart",
        tuple(curves),
        (*wide, low, high),
        caption=caption,
        log_x=metric.axis == "N",
        log_y=log,
        x_ticks=ticks,
        key=key,
    )
