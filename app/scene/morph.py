"""From lines to trajectories: what rewiring does to each particle, and to whose end it leads."""

from __future__ import annotations

import numpy as np

from app.scene.known import flow, pairs
from app.scene.look import Look
from engine.snapshot import RoundView


def between(x: np.ndarray, z: np.ndarray, s: float) -> np.ndarray:
    """(1 - s) x + s z, which is x at s = 0 and z at s = 1, to the last bit."""
    return (1 - s) * x + s * z


def morphed(view: RoundView, look: Look) -> tuple[np.ndarray, np.ndarray] | None:
    """Times (m,) and the curves (1 - s) X_t + s Z_t of the first particles (n, m, d) at ``look.morph``; None at s = 0,
    where they are the lines, and before there is a flow."""
    ends, traced = pairs(view), flow(view)
    if not look.morph or ends is None or traced is None:
        return None
    n = min(look.lines, len(ends.x0), traced.z.shape[1])
    x0, x1 = ends.x0[:n], ends.x1[:n]
    xt = np.stack([np.asarray(view.path.at(x0, x1, t)[0], np.float32) for t in traced.times.tolist()])
    return traced.times, between(xt, traced.z[:, :n], look.morph).swapaxes(0, 1)


def repaired(view: RoundView | None, most: int) -> tuple[np.ndarray, str] | None:
    """Which of the first particles (n,) the flow leads to another end than their line, and what counts as another: of
    another class, where the target has classes, else nearer to the end of another line. None before both are known."""
    ends, traced = pairs(view), flow(view)
    if ends is None or traced is None:
        return None
    n = min(most, len(ends.x0), traced.z.shape[1])
    if ends.class1 is not None and traced.class1 is not None and ends.of[1] > 1:
        return ends.class1[:n] != traced.class1[:n], "in another mode"
    z1, x1 = traced.z[-1, :n].astype(float), ends.x1[:n].astype(float)
    middle = x1.mean(0)
    z1, x1 = z1 - middle, x1 - middle
    apart = (z1**2).sum(1)[:, None] + (x1**2).sum(1) - 2 * z1 @ x1.T
    own = np.take_along_axis(apart, np.arange(n)[:, None], 1)[:, 0]
    least = 1e-9 * max(float((x1**2).sum(1).mean()), 1e-300)
    return apart.min(1) < own - least, "nearer to another line's end"
