"""The mass through a box: where it lies, and the two sides of its balance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.scene.look import Look
from app.scene.marks import Curve, Lines, Mark, Panel, Raster
from app.scene.numbers import count, number, short
from engine.probes.box_mass import Balance
from engine.probes.marginals import Laws
from engine.probes.trajectories import Traced
from engine.snapshot import Snapshot

DOTS = 17  # of the trajectories' share
QUARTERS = tuple((x, short(x)) for x in (0.0, 0.25, 0.5, 0.75, 1.0))


def stage_of(snapshot: Snapshot, laws: Laws, k: int, found: Balance | None, look: Look, panel: Panel) -> Panel:
    """The law of X_t with the box: over (t, x) on the line, else on the page of two coordinates."""
    if snapshot.spec.dim == 1:
        values, bounds = laws.x[:, 0].T, (0.0, 1.0, *laws.bounds[:2])
        rooted = (values / max(float(values.max()), 1e-12)) ** 0.5
        x = np.array([[[bounds[2]], [bounds[3]]]], np.float32)
        now: tuple[Mark, ...] = (Lines(x, "muted", width=1.0, alpha=0.8, t=look.t, moving=True),)
    else:
        values, bounds, now = laws.x[k], laws.bounds, ()
        rooted = (values / max(float(values.max()), 1e-12)) ** 0.5
    marks = (Raster(rooted, bounds, "text", moving=True), *now, *(_rim(found, laws.axes) if found is not None else ()))
    told = "Click or drag: the box goes there"
    if snapshot.spec.dim > 2:
        told += f"; Ctrl+[ and Ctrl+] move it along {'xyz'[3 - sum(laws.axes)]}"
    title = panel.title if snapshot.spec.dim > 1 else panel.title.partition("   ")[0]
    return replace(panel, title=title, marks=marks, bounds=bounds, equal=snapshot.spec.dim > 1, guide=told)


def _rim(found: Balance, axes: tuple[int, int]) -> tuple[Mark, ...]:
    low, high = found.low, found.high
    if len(low) > 1:
        low, high = low[list(axes)], high[list(axes)]
    if len(low) == 1:
        edges = np.array([[[low[0]], [low[0]]], [[high[0]], [high[0]]]], np.float32)
        return (Lines(edges, "warning", width=2.0, t=np.array([0.0, 1.0]), moving=True),)
    corners = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1]), (low[0], low[1])]
    return (Lines(np.array([corners], np.float32), "warning", width=2.0, moving=True),)


def balance(
    found: Balance | None, traced: Traced | None, t: float, titles: tuple[str, ...], why: str, waits: bool
) -> tuple[Panel, Panel]:
    """The mass over t, and that of the trajectories on show; its slope beside what flows in less what flows out."""
    if found is None:
        return tuple(Panel(title, "chart", empty=why, waits=waits) for title in titles)
    over = lambda y: np.column_stack([found.times, y])  # noqa: E731
    basis = "exact" if found.exact else f"n = {count(found.pairs)} pairs"
    curves = [Curve(over(found.mass), "text", "P(X_t in B)", error=_some(found.mass_error))]
    if traced is not None:
        curves.append(_of_trajectories(found, traced))
    top = 1.12 * max(float((curve.xy[:, 1] + (0.0 if curve.error is None else curve.error)).max()) for curve in curves)
    top = top or 1.0
    every = [found.rate - found.rate_error, found.rate + found.rate_error, found.net, found.inflow, -found.outflow]
    low, high = float(np.min(every)), float(np.max(every))
    room = 0.08 * (high - low) or 0.5
    low, high = low - room, high + room
    flows = (
        Curve(np.array([[0.0, 0.0], [1.0, 0.0]]), "grid", width=1.0),
        Curve(over(found.inflow), "source", "in", width=1.2, dash=True),
        Curve(over(-found.outflow), "target", "out", width=1.2, dash=True),
        Curve(over(found.net), "good", "in − out", width=3.0, error=_some(found.net_error)),
        Curve(over(found.rate), "text", "d/dt P(X_t in B)", width=1.2, error=_some(found.rate_error)),
    )
    away = float(np.abs(found.rate - found.net).max())
    told = f"apart by {number(away, 2)} at most"
    wide = (-0.03, 1.03)
    return (
        Panel(titles[0], "chart", (*curves, _now(t, 0.0, top)), (*wide, 0.0, top), basis, x_ticks=QUARTERS),
        Panel(titles[1], "chart", (*flows, _now(t, low, high)), (*wide, low, high), told, "t", x_ticks=QUARTERS),
    )


def _of_trajectories(found: Balance, traced: Traced) -> Curve:
    """The share of Z_t in the box at some of the times that are kept, with its standard error."""
    rows = np.unique(np.linspace(0, len(traced.times) - 1, DOTS).astype(int))
    share = ((traced.z[rows] >= found.low) & (traced.z[rows] < found.high)).all(-1).mean(1)
    n = traced.z.shape[1]
    error = np.sqrt(share * (1 - share) / n)
    xy = np.column_stack([traced.times[rows], share])
    return Curve(xy, "flow", f"P(Z_t in B), n = {count(n)}", width=1.0, dash=True, dots=True, error=error)


def _some(error: np.ndarray) -> np.ndarray | None:
    return error if error.any() else None


def _now(t: float, low: float, high: float) -> Curve:
    return Curve(np.array([[t, low], [t, high]]), "grid", width=1.0, moving=True)
