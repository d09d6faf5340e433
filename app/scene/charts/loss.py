"""The training loss with its floor V."""

from __future__ import annotations

import numpy as np

from app.scene.axes import padded
from app.scene.chart import Chart, later
from app.scene.frame import shown
from app.scene.known import FLOOR, floor
from app.scene.look import Look
from app.scene.marks import Curve, Panel
from app.scene.numbers import figure
from engine.probe import Probe
from engine.registry import part
from engine.snapshot import RoundView, Snapshot


@part
class Loss(Chart, frozen=True, tag="loss"):
    """The mean loss between readings, and below it what no velocity can pass."""

    title, rank = "Training loss", 10
    about = "The loss of the round on show, a mean between two readings, and V below it: what no velocity can pass."
    formula = "L(v) = ∫ E|dX − v(X_t, t)|² dt ≥ V"

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (FLOOR,)

    def panel(self, snapshot: Snapshot, look: Look) -> Panel:
        view = shown(snapshot, look)
        if view is None or not len(view.losses):
            if snapshot.spec.velocity.learns:
                return later(self.title, snapshot)
            return Panel(self.title, "chart", empty="nothing to train")
        return _panel(self.title, snapshot, view)


def _panel(title: str, snapshot: Snapshot, view: RoundView) -> Panel:
    losses, V = view.losses[np.isfinite(view.losses).all(-1)], floor(view)
    steps = snapshot.steps if not view.finished else 0
    right = max(float(losses[-1, 0]) if len(losses) else 1.0, float(steps), 1.0)
    values = [*losses[:, 1].tolist(), *([V.value] if V else [])]
    box, log = padded(values, zero=True)
    marks = [Curve(losses, "flow", width=1.4)]
    if V:
        ends = np.array([[0.0, V.value], [right, V.value]])
        marks.append(Curve(ends, "warning", f"floor V = {figure(V)}", width=1.6, dash=True))
    return Panel(title, "chart", tuple(marks), (0.0, right, *box), log_y=log, caption="by step")
