"""The laws of X_t and Z_t, which are equal where v is v*: paths differ, marginals agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from engine.evidence.estimates import sliced_w2
from engine.fields.field import leave
from engine.laws.between import between
from engine.motion.accurate import Accurate
from engine.motion.flow import accurate
from engine.motion.stopping import Stop, never
from engine.parts import Problem, knob
from engine.probe import Probe, Subject
from engine.registry import part

TIMES = 33  # at which the laws are told: every accurate grid has them
GAPS = np.linspace(0.0, 1.0, 9)  # and the gap
PAGES = (0, 1), (0, 2), (1, 2)  # in space
CLOUDS = 8  # independent clouds behind each gap
PAIRS = 16_384  # of X_t at most: they cost no flow


@dataclass(frozen=True, eq=False)
class Laws:
    """Densities on the page of the coordinates ``axes`` at ``times`` (k,), float32: ``x`` and ``z`` (k, h, w), row 0
    the lowest, over the box ``bounds``; on the line h is 1. ``pairs`` and ``particles`` are behind them. In space
    ``others`` are the same on its other pages.

    ``exact`` (k, 1, w): the density of X_t where it is known, on the line. ``gap``: the sliced W2 between clouds of
    ``size`` points of Z_t and X_t at ``gap_times``, and ``null`` the same between two clouds of X_t: mean over
    ``CLOUDS`` clouds and its standard error, (2, m) each, NaN where there are too few pairs for two clouds.
    """

    times: np.ndarray
    bounds: tuple[float, float, float, float]
    x: np.ndarray
    z: np.ndarray
    exact: np.ndarray | None
    gap_times: np.ndarray
    gap: np.ndarray
    null: np.ndarray
    size: int
    pairs: int
    particles: int
    axes: tuple[int, int] = PAGES[0]
    others: tuple[Laws, ...] = ()

    def on(self, axes: tuple[int, int]) -> Laws:
        """The laws of these two coordinates; of the first two where there are no others."""
        return next((page for page in self.others if page.axes == axes), self)

    @property
    def cell(self) -> float:
        """The area of a cell, or its length on the line."""
        low, high, bottom, top = self.bounds
        h, w = self.x.shape[1:]
        return (high - low) / w * ((top - bottom) / h if h > 1 else 1.0)


@part
class Marginals(Probe, frozen=True, tag="marginals"):
    """Histograms of X_t, from the round's pairs, and of Z_t, from fresh source points by the accurate solver."""

    about = "The laws of X_t and Z_t on a grid, and the sliced W2 between them over t."

    particles: Annotated[int, knob("particles", 256, 65_536, log=True, tip="Trajectories behind the law of Z_t.")] = (
        4096
    )
    cells: Annotated[int, knob("cells", 8, 200, tip="Along each side of the picture.")] = 48

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Laws | None]:
        problem = subject.problem
        rng = np.random.default_rng([subject.seed, problem.round, 0x3A6])
        z0 = problem.source.sample(self.particles, problem.dim, rng)
        times, flows = [], []
        for step in _along(subject, z0):
            if step is not None:
                times.append(step[0])
                flows.append(step[1])
            yield None
        kept = np.unique([int(np.abs(np.array(times) - t).argmin()) for t in np.linspace(0, 1, TIMES)])
        times, flows = np.array(times)[kept], [flows[k] for k in kept]
        between = [_interpolated(problem, t, rng) for t in times.tolist()]
        drawn = []
        for axes in PAGES[: 1 if problem.dim < 3 else 3]:
            bounds, shape = _box(problem, self.cells, axes)
            x, z = (np.array([_density(c, axes, bounds, shape) for c in cs], np.float32) for cs in (between, flows))
            drawn.append({"axes": axes, "bounds": bounds, "x": x, "z": z})
            yield None
        gaps = []
        for t in GAPS[np.isin(GAPS, times)].tolist():
            at = int(np.flatnonzero(times == t)[0])
            gaps.append(_gap(flows[at], between[at]))
            yield None
        first, *others = drawn
        made = Laws(
            **first,
            times=times,
            exact=_exact(problem, times, first["bounds"], first["x"].shape[2]),
            gap_times=GAPS[np.isin(GAPS, times)],
            gap=np.array([gap for gap, _ in gaps]).T,
            null=np.array([null for _, null in gaps]).T,
            size=_size(flows[0], between[0]),
            pairs=len(between[0]),
            particles=len(z0),
        )
        yield replace(made, others=tuple(replace(made, **page) for page in others))


def _along(subject: Subject, z0: np.ndarray) -> Iterator[tuple[float, np.ndarray] | None]:
    """(t, Z_t) at every node of the accurate solver's grid; None while the grid is being chosen."""
    v, solver = subject.v, accurate(subject.problem)
    for found in solver.settle(v, z0) if isinstance(solver, Accurate) else (solver,):
        if found is None:
            yield None
        solver = found
    for t, z in solver.march(v, v.enter(z0), subject.problem.path):
        yield t, leave(z).astype(np.float64)


def _interpolated(problem: Problem, t: float, rng: np.random.Generator) -> np.ndarray:
    """X_t of the round's pairs, (n, d), with the path's noise where it has one."""
    x0, x1 = problem.x0[:PAIRS], problem.x1[:PAIRS]
    xt, dxt = problem.path.at(x0, x1, t)
    if problem.path.noisy:
        xt, _ = problem.path.disturb(xt, dxt, t, rng.standard_normal(xt.shape))
    return xt


def _box(
    problem: Problem, cells: int, axes: tuple[int, int]
) -> tuple[tuple[float, float, float, float], tuple[int, int]]:
    """The box of both ends on the page with some room, and how many rows and columns it has."""
    ends = np.concatenate([problem.x0[:PAIRS], problem.x1[:PAIRS]])[:, axes[: problem.dim]]
    low, high = np.quantile(ends, [0.002, 0.998], axis=0)
    room = np.maximum(0.08 * (high - low), 1e-6)
    low, high = (low - room).tolist(), (high + room).tolist()
    if len(low) == 1:
        return (low[0], high[0], 0.0, 1.0), (1, 2 * cells)
    return (low[0], high[0], low[1], high[1]), (cells, cells)


def _density(
    points: np.ndarray, axes: tuple[int, int], bounds: tuple[float, float, float, float], shape: tuple[int, int]
) -> np.ndarray:
    """Share of the points by area in each cell (h, w); by length on the line."""
    h, w = shape
    low, high, bottom, top = bounds
    if points.shape[1] == 1:
        count, _ = np.histogram(points[:, 0], w, (low, high))
        return count[None] / (len(points) * (high - low) / w)
    across, up = axes
    count, _, _ = np.histogram2d(points[:, up], points[:, across], (h, w), ((bottom, top), (low, high)))
    return count / (len(points) * (high - low) / w * (top - bottom) / h)


def _exact(problem: Problem, times: np.ndarray, bounds: tuple[float, float, float, float], w: int) -> np.ndarray | None:
    """On the line: the density of X_t where it is known, at the middle of each cell, (k, 1, w)."""
    if problem.dim > 1:
        return None
    at = bounds[0] + (np.arange(w)[:, None] + 0.5) / w * (bounds[1] - bounds[0])
    laws = [between(problem, t) for t in times.tolist()]
    if any(law is None or law.points for law in laws):
        return None  # points have no density
    return np.array([law.density(at)[None] for law in laws], np.float32)


def _size(z: np.ndarray, x: np.ndarray) -> int:
    """Points of a cloud: Z_t has ``CLOUDS`` of them, X_t twice as many."""
    return max(1, min(len(z) // CLOUDS, len(x) // (2 * CLOUDS)))


def _gap(z: np.ndarray, x: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Between Z_t and X_t, and between X_t and itself: mean and its standard error. All clouds are disjoint."""
    size = _size(z, x)
    z, x = (cloud[: len(cloud) // size * size].reshape(-1, size, cloud.shape[1]) for cloud in (z, x))
    gap = np.array([sliced_w2(a, b) for a, b in zip(z[:CLOUDS], x[:CLOUDS], strict=False)])
    null = np.array([sliced_w2(a, b) for a, b in zip(x[:CLOUDS], x[CLOUDS : 2 * CLOUDS], strict=False)])
    return _mean(gap), _mean(null)


def _mean(values: np.ndarray) -> tuple[float, float]:
    n = len(values)
    return (float(values.mean()), float(values.std(ddof=1) / np.sqrt(n))) if n > 1 else (float("nan"), float("nan"))
