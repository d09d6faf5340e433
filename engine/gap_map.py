"""v beside v* over space and time, where X_t has mass: elsewhere no net was asked."""

from __future__ import annotations

import numpy as np

from engine.fields.field import Field, evaluate
from engine.motion.flow import Stop, Stopped, never
from engine.parts import Problem
from engine.snapshot import GapMap

CELLS = {1: 64, 2: 40, 3: 40}  # along each side of a picture
TIMES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the pictures, in 2-D and 3-D
LOOKED = 4000  # pairs that tell where X_t is
REACH = {1: 1.5, 2: 1.5, 3: 3.0}  # cells: a cell counts with one of them as near


def gap_map(problem: Problem, v: Field, truth: Field, stop: Stop = never) -> GapMap:
    """Both fields on a grid: over (t, x) in 1-D, over the plane of the first two coordinates at a few times else (in
    3-D through the middle of X_t's third one). Raises Stopped."""
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
    for t in times:
        if stop():
            raise Stopped
        xt, dxt = problem.path.at(x0, x1, float(t))
        if noise is not None:
            xt, _ = problem.path.disturb(xt, dxt, float(t), noise)
        points = grid if d < 3 else np.column_stack([grid, np.full(len(grid), xt[:, 2].mean())])
        both = np.stack([evaluate(field, points, float(t)) for field in (v, truth)])
        both[:, _nearest(points, xt) > reach] = np.nan
        found.append(both)
    fields = np.stack(found, 1).astype(np.float32)  # (2, times, points, d)
    if d == 1:  # one picture: rows are x, columns are t
        fields, bounds = fields[..., 0].transpose(0, 2, 1)[:, None, :, :, None], (0.0, 1.0, low[0], high[0])
    else:
        fields, bounds = fields.reshape(2, len(times), cells, cells, d), (low[0], high[0], low[1], high[1])
    return GapMap(times, tuple(float(x) for x in bounds), fields[0], fields[1])


def _nearest(points: np.ndarray, xt: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    return cKDTree(xt).query(points)[0]
