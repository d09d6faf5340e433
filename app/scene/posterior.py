"""The data points that a place looks ahead to, each as large as its posterior weight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.scene.frame import CLOUD
from app.scene.look import Look
from app.scene.marks import Arrows, Lines, Mark, Panel, Points
from app.scene.numbers import count, number
from engine.probes.posterior import Posterior
from engine.snapshot import Snapshot

SIZES = 5  # of points that weights are told in
LEAST = 0.02  # of the largest weight: points below it are only there
LINES = 60  # the weightiest points have a line to the place
BY = {
    "law": "P₁ is {n}",
    "sample": "{n} stand for P₁",
    "lines": "the nearest lines tell, of {n}",
}


def posterior(snapshot: Snapshot, look: Look, found: Posterior, panel: Panel) -> Panel:
    """Weights as sizes, lines from the place to the points that count, and their average as an arrow."""
    share = found.weight / found.weight.max()
    x1, x = found.x1.astype(np.float32), found.x[None].astype(np.float32)
    marks: list[Mark] = []
    if snapshot.spec.dim == 1:
        edges = np.array([[[panel.bounds[2]], [panel.bounds[3]]]] * 2, np.float32) if panel.bounds else None
        if edges is not None:
            marks.append(Lines(edges, "grid", width=1.0, t=np.array([[0.0], [1.0]])))
    marks.append(Points(x1[share < LEAST][:CLOUD], "target", size=2.0, alpha=0.35, t=1.0, moving=True))
    heavy = np.argsort(found.weight)[::-1][:LINES]
    ends = np.stack([np.repeat(x, len(heavy), 0), x1[heavy]], 1)
    for lines, rows in _binned(share[heavy]):
        alpha = 0.1 + 0.6 * lines
        marks.append(Lines(ends[rows], "pair", width=1.0, alpha=alpha, t=np.array([found.t, 1.0]), moving=True))
    for size, rows in _binned(np.where(share < LEAST, 0.0, share)):
        marks.append(Points(x1[rows], "target", size=3.0 + 6.0 * size, alpha=0.4 + 0.6 * size, t=1.0, moving=True))
    left = 1 - found.t
    mean = np.asarray(found.mean, np.float32)[None]
    told = {"t": found.t, "dt": min(0.25, left), "moving": True, "name": "average of their lines"}
    marks.append(Arrows(x, min(0.25, left) * mean, "text", width=4.0, **told))
    marks.append(Points(x, "text", size=9.0, shape="ring", t=found.t, moving=True))
    words = ", ".join(number(float(c)) for c in found.x)
    at = words if len(found.x) == 1 else f"({words})"
    points = f"{count(len(found.x1))} point{'' if len(found.x1) == 1 else 's'}"
    basis = BY[found.by].format(n=points)
    caption = f"at x = {at}, t = {found.t:.2f}: effectively {number(found.size, 2)} of its points\n{basis}"
    return replace(panel, marks=tuple(marks), caption=caption, empty="", waits=False)


def _binned(share: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """(share, rows) of each size; what has no weight is in none."""
    of = np.ceil(share * SIZES).astype(int)
    return [(k / SIZES, np.flatnonzero(of == k)) for k in range(1, SIZES + 1) if (of == k).any()]
