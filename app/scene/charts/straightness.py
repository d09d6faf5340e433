"""Straightness S by round."""

from __future__ import annotations

import numpy as np

from app.scene.axes import by_round
from app.scene.chart import FAINT, Chart, later, training
from app.scene.frame import line
from app.scene.known import PROVISIONAL, provisional
from app.scene.look import Look
from app.scene.marks import Curve, Panel
from app.scene.numbers import ROUNDING, basis
from engine.evidence.estimate import Estimate
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import Snapshot

TRUTH = "closed form v*"


@part
class Straightness(Chart, frozen=True, tag="straightness"):
    """The line on show, the trunk or a branch with the way to it; the trunk stays behind a branch."""

    title, rank = "How bent the paths are", 20
    about = "How far the paths are from straight lines at constant speed: 0 where all are. One step is exact, then."
    formula = "S = ∫ E|(Z1 − Z0) − v(Z_t, t)|² dt"

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (PROVISIONAL,)

    def panel(self, snapshot: Snapshot, look: Look) -> Panel:
        mine = line(snapshot, look)
        found = {k: S for k, view in mine if (S := view.figures.single.get("straightness"))}
        now = {k: S for k, view in mine if (S := provisional(view).single.get("straightness"))}
        early = _curve(now, training(now.values()), hollow=True, alpha=FAINT) if now else None
        if not found:
            return by_round(self.title, (early,)) if early else later(self.title, snapshot)
        truth = {k: S for k, view in mine if (S := view.beside.single.get("straightness"))}
        truth = {k: e for k, e in truth.items() if abs(e.value) > ROUNDING}  # else rounding
        branch = mine[-1][1].name.rpartition(".")[0]
        trunk = _trunk(snapshot) if branch else []
        name = branch or ("learned" if truth else "")
        curve = _curve(found, name)
        curves = (Curve(np.array(trunk, float), "muted", "reflow", dots=True), curve) if trunk else (curve,)
        if truth:
            known = np.array([(k, e.value) for k, e in truth.items()], float)
            beside = next((view.reference for _, view in mine if view.reference), TRUTH)
            curves = (Curve(known, "warning", beside, dots=True), *curves)
        curves = (early, *curves) if early else curves
        rests = {basis(e) for e in found.values()}
        return by_round(self.title, curves, caption=rests.pop() if len(rests) == 1 else "")


def _curve(found: dict[int, Estimate], name: str, **drawn: object) -> Curve:
    xy = np.array([(k, e.value) for k, e in found.items()], float)
    error = np.array([e.error or 0.0 for e in found.values()])
    return Curve(xy, "good", name, dots=True, error=error if error.any() else None, **drawn)


def _trunk(snapshot: Snapshot) -> list[tuple[int, float]]:
    """S of the rounds on the trunk."""
    known = [(v.number, v.figures.single.get("straightness")) for v in snapshot.rounds if "." not in v.name]
    return [(k, S.value) for k, S in known if S is not None]
