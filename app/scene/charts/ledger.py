"""The ledger: what a round takes off the transport cost is its straightness and its crossing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.scene.axes import round_axis
from app.scene.chart import FAINT, Chart, later, training
from app.scene.frame import line
from app.scene.known import FLOOR, PROVISIONAL, floor, provisional
from app.scene.look import Look
from app.scene.marks import Bars, Mark, Panel
from engine.evidence.estimate import Estimate
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

NEEDS = ("pair_cost", "transport_cost", "straightness", "crossing")


@part
class Ledger(Chart, frozen=True, tag="ledger"):
    """E|X1 - X0|² beside E|Z1 - Z0|² + S + V, round by round."""

    title, rank = "Transport cost before and after", 40
    about = "What a round takes off the transport cost: how bent its paths are, S, and how much its lines cross, V."
    formula = "E|X1 − X0|² = E|Z1 − Z0|² + S + V"

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return FLOOR, PROVISIONAL

    def panel(self, snapshot: Snapshot, look: Look) -> Panel:
        if not snapshot.spec.path.straight:
            return Panel(self.title, "chart", empty="a balance of straight paths only")
        mine = [(k, view.figures.single) for k, view in line(snapshot, look)]
        mine = [(k, own) for k, own in mine if all(n in own and np.isfinite(own[n].value) for n in NEEDS)]
        measured = {k for k, _ in mine}
        early = [(k, _early(view)) for k, view in line(snapshot, look) if k not in measured]
        early = [(k, own) for k, own in early if own]
        if not mine and not early:
            return later(self.title, snapshot)
        marks = (*_bars(early, FAINT), *_bars(mine))
        top = 1.06 * max(_top(mark) for mark in marks)
        wide, ticks = round_axis(max(k for k, _ in (*mine, *early)))
        told = f"; lighter: {training([own['straightness'] for _, own in early])}" if early else ""
        box, hint = (*wide, 0.0, max(top, 1e-12)), f"{self.hint()} By round{told}."
        return Panel(self.title, "chart", marks, box, f"by round{told}", hint=hint, x_ticks=ticks)


def _early(view: RoundView) -> dict[str, Estimate]:
    """The figures of a net in training; V from the closed form, and left out where there is none. Empty: not known."""
    known = dict(provisional(view).single)
    if not all(n in known and np.isfinite(known[n].value) for n in NEEDS[:3]):
        return {}
    V = floor(view)
    return known | ({"crossing": V} if V else {})


def _bars(rounds: list[tuple[int, Mapping[str, Estimate]]], alpha: float = 1.0) -> tuple[Mark, ...]:
    if not rounds:
        return ()
    value = lambda own, name: own[name].value if name in own else 0.0  # noqa: E731
    before, after, S, V = (np.array([value(own, name) for _, own in rounds], float) for name in NEEDS)
    k = np.array([k for k, _ in rounds], float)
    # An estimate of S or V near zero can fall below it; a stack has no room for that.
    parts = ("after", "source", after), ("S", "good", S.clip(0)), ("V", "warning", V.clip(0))
    return (
        Bars(k - 0.2, (("before", "muted", before),), width=0.34, hollow=True, alpha=alpha),
        Bars(k + 0.2, parts, width=0.34, alpha=alpha),
    )


def _top(mark: Bars) -> float:
    return float(sum(heights for *_, heights in mark.parts).max())
