"""v beside v* over space and time, where X_t has mass: elsewhere no net was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.fields.field import Field, evaluate
from engine.motion.stopping import Stop, never
from engine.parts import Problem
from engine.probe import Probe, Subject
from engine.registry import part

CELLS = {1: 64, 2: 40, 3: 40}  # along each side of a picture
TIMES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the pictures, in 2-D and 3-D
LOOKED = 4000  # pairs that tell where X_t is
REACH = {1: 1.5, 2: 1.5, 3: 3.0}  # cells: a cell counts with one of them as near


@dataclass(frozen=True, eq=False)
class GapMap:
    """v and v* on a grid, float32, NaN where X_t has no mass.

    1-D: one picture (1, h, w, 1) over (t, x), columns at ``times`` (w,). Else pictures (k, h, w, d) over the first two
    coordinates at ``times`` (k,). Row 0 is the lowest; ``bounds`` is the box, x low, x high, y low, y high.
    """

    times: np.ndarray
    bounds: tuple[float, float, float, float]
    v: np.ndarray
    truth: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """|v - v*|, (k, h, w)."""
        return np.linalg.norm(self.v - self.truth, axis=-1)


@part
class VelocityGap(Probe, frozen=True, tag="velocity gap"):
    """Both fields on a grid: over (t, x) in 1-D, over the plane of the first two coordinates at a few times else (in
    3-D through the middle of X_t's third one)."""

    about = "v beside v* on a grid, where X_t has mass."

    def applies(self, subject: Subject) -> bool:
        v, truth = subject.v, subject.truth
        there = v is not None and truth is not None
        return there and v is not truth and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[GapMap | None]:
        problem, fields = subject.problem, (subject.v, subject.truth)
        d, cells = problem.dim, CELLS[problem.dim]
        x0, x1 = problem.x0[:LOOKED], problem.x1[:LOOKED]
        low, high = np.quantile(np.concatenate([x0, x1])[:, :2], [0.005, 0.995], axis=0)
        room = np.maximum(0.1 * (high - low), 1e-6)
        low, high = low - room, high + room
        middles = (np.arange(cells) + 0.5) / cells
        along = low + middles[:, None] * (high - low)  # (cells, 1 or 2)
        times = middles if d == 1 else np.array(TIMES)
        grid = along if d == 1 else np.stack([m.ravel() for m in np.meshgrid(along[:, 0], along[:, 1])], -1)
        reach = REACH[d] * float(np.linalg.norm((high - low) / cells))
        noise = np.random.default_rng(0x9A9).standard_normal(x0.shape) if problem.path.noisy else None
        found = []
        for t in times.tolist():
            found.append(_both(problem, fields, grid, t, (x0, x1, noise), reach))
            yield None
        shown = np.stack(found, 1).astype(np.float32)  # (2, times, points, d)
        if d == 1:  # one picture: rows are x, columns are t
            shown, bounds = shown[..., 0].transpose(0, 2, 1)[:, None, :, :, None], (0.0, 1.0, low[0], high[0])
        else:
            shown, bounds = shown.reshape(2, len(times), cells, cells, d), (low[0], high[0], low[1], high[1])
        yield GapMap(times, tuple(float(x) for x in bounds), shown[0], shown[1])


def _both(
    problem: Problem, fields: tuple[Field, Field], grid: np.ndarray, t: float, pairs: tuple, reach: float
) -> np.ndarray:
    """Both fields at the grid's points (2, points, d), NaN farther than ``reach`` from all X_t of these pairs."""
    from scipy.spatial import cKDTree

    x0, x1, noise = pairs
    xt, dxt = problem.path.at(x0, x1, t)
    if noise is not None:
        xt, _ = problem.path.disturb(xt, dxt, t, noise)
    points = grid if problem.dim < 3 else np.column_stack([grid, np.full(len(grid), xt[:, 2].mean())])
    both = np.stack([evaluate(field, points, t) for field in fields])
    both[:, cKDTree(xt).query(points)[0] > reach] = np.nan
    return both
