"""How v grows towards t = 1, beside c/(1 - t)."""

from __future__ import annotations

import numpy as np

from app.scene.axes import padded
from app.scene.field_maps import PER
from app.scene.marks import Curve, Mark, Panel
from app.scene.numbers import number, short
from engine.probes.speeds import PRESSURES, Grown

TICKS = (0.0, 0.9, 0.99, 0.999)


def growth(found: Grown | None, t: float, title: str) -> Panel:
    """Over 1/(1 - t), where c/(1 - t) is a straight line: at fixed places v* of finite data follows it, at X_t not."""
    if found is None:
        return Panel(title, "chart", empty="Asking for speeds…", waits=True)
    over = lambda y: np.column_stack([PRESSURES, y])  # noqa: E731
    marks: list[Mark] = [
        Curve(over(found.mean), "flow", "mean |v| at fixed places"),
        Curve(over(found.most), "warning", "the largest"),
        Curve(over(found.riding), "muted", "mean |v| at X_t", width=1.4),
    ]
    told = f"{PER}"
    if found.away is not None:
        for c, name in zip(found.away, ("c / (1 − t), c to the nearest point", ""), strict=True):
            marks.append(Curve(over(c * PRESSURES), "text", name, width=1.2, dash=True))
        told = f"{PER}; mean c = {number(found.away[0])}"
    values = np.concatenate([found.mean, found.most, found.riding])
    (low, high), log = padded(values[values > 0].tolist() or [1.0], spread=3.0)
    now = 1 / (1 - min(t, 0.999))
    marks.append(Curve(np.array([[now, low], [now, high]]), "grid", width=1.0, moving=True))
    ticks = tuple((1 / (1 - x), short(x)) for x in TICKS)
    wide = (PRESSURES[0] / 1.15, PRESSURES[-1] * 1.15)
    return Panel(title, "chart", tuple(marks), (*wide, low, high), told, "t", log_x=True, log_y=log, x_ticks=ticks)
