"""The joint law of start and end: of the pairs, of the flow that v makes of them, and of the optimal plan beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.scene import captions
from app.scene.axes import round_axis
from app.scene.chart import FAINT
from app.scene.colouring import shades
from app.scene.frame import clouds, framed, line, shown
from app.scene.known import FLOW, PAIRS, PROVISIONAL, flow, pairs, provisional
from app.scene.look import Look
from app.scene.marks import Arrows, Bars, Curve, Lines, Mark, Panel, Points
from app.scene.numbers import count, figure, number
from app.scene.view import View
from engine.probe import Probe
from engine.probes.optimal_plan import OptimalPlan, Planned
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

BEST = OptimalPlan()
COSTS = ("pair_cost", "transport_cost", "straightness")
ARROWS = 120  # drawn of each plan: more hide each other
TITLES = "Plan of the pairs   (X0, X1)", "Plan of the flow   a map Z1 = T(Z0)", "Optimal plan"


@part
class Plan(View, frozen=True, tag="plan"):
    """The flow turns a coupling into a map with the same marginals and no larger cost; reflow does it again."""

    title = "Plan"
    hint = "Who goes where: the coupling, the map that its flow makes of it, and the optimal plan."
    rank = 60
    measured = True
    knobs = ("colour",)

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (PAIRS, FLOW, BEST, PROVISIONAL)

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view = shown(snapshot, look)
        ends = pairs(view)
        best = view.found(BEST) if view is not None else None
        traced = flow(view)
        found = [
            None if ends is None else (ends.x0, ends.x1),
            None if traced is None else (traced.z[0], traced.z[-1]),
            None if best is None else (best.x0, best.x1),
        ]
        told = _pairs_told(view), _flow_told(view), _best_told(best)
        empty = captions.waiting(snapshot) if view is None else ""
        missing = empty, captions.no_flow(snapshot, view), empty or "Matching the points…"
        made = []
        for title, plan, words, why in zip(TITLES, found, told, missing, strict=True):
            waits = plan is None and captions.flows(snapshot, view)
            said = "" if plan is not None else why
            panel = Panel(title, "plane", caption=words, empty=said, waits=waits)
            drawn = _scatter if snapshot.spec.dim == 1 else _arrows
            panel = drawn(snapshot, view, look, panel, plan)
            if traced is not None and plan is found[1] and snapshot.spec.dim > 1:
                way = traced.z[:, :ARROWS].swapaxes(0, 1)  # the process, of which the plan is the two ends
                process = Lines(way, "muted", width=0.8, alpha=0.4, t=traced.times)
                panel = replace(panel, marks=(process, *panel.marks))
            made.append(panel)
        if snapshot.spec.dim == 1:
            made.append(_ranks(snapshot, view, look, found))
        made.append(_costs(snapshot, look, best))
        return tuple(made)


def _costs(snapshot: Snapshot, look: Look, best: Planned | None) -> Panel:
    """Before and after each round: what its pairs cost, what the ends and the way of its flow do, and what no plan can
    go below."""
    title, known = "Cost by round", []
    if not snapshot.rounds:
        return Panel(title, "chart", empty=captions.waiting(snapshot), waits=True)
    early = []
    for k, view in line(snapshot, look):
        for own, rows in ((view.figures.single, known), (provisional(view).single, early)):
            costs = [own[name].value if name in own else np.nan for name in COSTS]
            if k and np.isfinite(costs).all():
                rows.append((k, *costs[:2], costs[1] + max(0.0, costs[2])))
    if not known and not early:
        waits = snapshot.spec.rounds > 0 and captions.flows(snapshot, shown(snapshot, look))
        return Panel(title, "chart", empty="appears after round 1", waits=waits)
    marks: list[Mark] = [*_bars(early, FAINT), *_bars(known, 1.0)]
    wide, ticks = round_axis(max(row[0] for row in (*known, *early)))
    if best is not None:
        ends = np.array([[wide[0], best.cost], [wide[1], best.cost]])
        marks.append(Curve(ends, "warning", "optimal", width=1.4, dash=True))
    highest = max(max(before, way) for _, before, _, way in (*known, *early))
    top = 1.06 * max(highest, best.cost if best is not None else 0.0, 1e-12)
    told = "E|·|² by round" + ("; lighter: in training" if early else "")
    return Panel(title, "chart", tuple(marks), (*wide, 0.0, top), told, x_ticks=ticks)


def _bars(rows: list[tuple[float, ...]], alpha: float) -> tuple[Mark, ...]:
    if not rows:
        return ()
    k, before, after, way = np.array(rows, float).T
    return (
        Bars(k - 0.2, (("before", "muted", before),), width=0.34, hollow=True, alpha=alpha),
        Bars(k + 0.2, (("static", "source", after), ("+ S: dynamic", "good", way - after)), width=0.34, alpha=alpha),
    )


def _pairs_told(view: RoundView | None) -> str:
    cost = view.figures.single.get("pair_cost") if view is not None else None
    return f"static cost E|X1 − X0|² = {figure(cost)}" if cost else ""


def _flow_told(view: RoundView | None) -> str:
    """The cost of the ends, and of the way: they differ by what the trajectories bend."""
    known = view.figures.single if view is not None else {}
    cost, bent = known.get("transport_cost"), known.get("straightness")
    if not cost:
        return ""
    return f"static cost E|Z1 − Z0|² = {figure(cost)}" + (
        f", dynamic ∫E|v|² dt = {number(cost.value + bent.value)}" if bent else ""
    )


def _best_told(best: Planned | None) -> str:
    if best is None:
        return ""
    return f"of these {count(len(best.x0))} points: {number(best.cost)}, their pairs {number(best.paired)}"


def _arrows(snapshot: Snapshot, view: RoundView | None, look: Look, panel: Panel, plan: tuple | None) -> Panel:
    """Both clouds, and an arrow from start to end."""
    source, target = clouds(snapshot)
    both = (source, "source"), (target, "target")
    marks: list[Mark] = [Points(x[:400], ink, size=2.4, alpha=0.5) for x, ink in both]
    if plan is not None:
        start, end = (np.asarray(x, np.float32)[:ARROWS] for x in plan)
        tint = shades(snapshot, view, look).first(len(start))
        marks.append(Arrows(start, end - start, "pair", width=1.0, alpha=0.8, who=np.arange(len(start)), **tint))
    return framed(replace(panel, marks=tuple(marks)), snapshot, look)


def _scatter(snapshot: Snapshot, view: RoundView | None, look: Look, panel: Panel, plan: tuple | None) -> Panel:
    """On the line: x1 over x0, with both margins along the axes."""
    source, target = (cloud[:, 0] for cloud in clouds(snapshot))
    if not len(source) or not len(target):
        return panel
    (x0, x1), (y0, y1) = _range(source), _range(target)
    marks: list[Mark] = [*_margins(source, target, (x0, x1, y0, y1))]
    if plan is not None:
        xy = np.column_stack([np.asarray(x)[:, 0] for x in plan]).astype(np.float32)
        tint = shades(snapshot, view, look).first(len(xy))
        marks.append(Points(xy, "particle", size=3.6, alpha=0.8, who=np.arange(len(xy)), **tint))
    room = 0.16
    box = (x0 - room * (x1 - x0), x1, y0 - room * (y1 - y0), y1)
    return replace(panel, marks=tuple(marks), bounds=box, equal=False, axes=True, x_label="start", y_label="end")


def _range(x: np.ndarray) -> tuple[float, float]:
    low, high = (float(q) for q in np.quantile(x, [0.002, 0.998]))
    room = 0.08 * (high - low) or 0.5
    return low - room, high + room


def _margins(source: np.ndarray, target: np.ndarray, box: tuple[float, float, float, float]) -> tuple[Mark, ...]:
    """Both laws as curves along the lower and the left edge."""
    x0, x1, y0, y1 = box
    made = []
    for cloud, (low, high), ink, upright in ((source, (x0, x1), "source", False), (target, (y0, y1), "target", True)):
        height, edges = np.histogram(cloud, 40, (low, high))
        middle = (edges[1:] + edges[:-1]) / 2
        share = height / max(1, height.max())
        edge, span = (x0, x1 - x0) if upright else (y0, y1 - y0)
        away = edge - 0.14 * span * share
        xy = np.column_stack([away, middle] if upright else [middle, away])
        made.append(Lines(xy[None].astype(np.float32), ink, width=1.6))
    return tuple(made)


def _ranks(snapshot: Snapshot, view: RoundView | None, look: Look, found: list) -> Panel:
    """The same in ranks, where margins are flat: the optimal plan is the diagonal."""
    title, plan = "In ranks", found[1] or found[0]
    if plan is None:
        return Panel(title, "plane", empty=captions.no_flow(snapshot, view) or "Sorting the pairs…", waits=True)
    marks: list[Mark] = [Lines(np.array([[[0.0, 0.0], [1.0, 1.0]]], np.float32), "warning", width=1.4, name="optimal")]
    for which, ink, name in ((found[0], "muted", "pairs"), (found[1], "flow", "flow")):
        if which is not None:
            u, w = (_rank(np.asarray(x)[:, 0]) for x in which)
            who = np.arange(len(u))
            marks.append(Points(np.column_stack([u, w]), ink, size=2.6, alpha=0.75, name=name, who=who))
    told = f"n = {count(len(plan[0]))}"
    return Panel(title, "plane", tuple(marks), (0.0, 1.0, 0.0, 1.0), told, axes=True)


def _rank(x: np.ndarray) -> np.ndarray:
    return (np.argsort(np.argsort(x, kind="stable"), kind="stable") + 0.5) / max(1, len(x))
