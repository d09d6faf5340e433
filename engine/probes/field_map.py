"""v on a grid, with what a fluid would tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from engine.fields.field import Field, evaluate
from engine.motion.stopping import Stop, never
from engine.parts import Problem, knob
from engine.probe import Probe, Subject
from engine.registry import part

LOOKED = 4000  # pairs that tell where X_t is
REACH = 1.6  # cells: a cell counts with an X_t as near; in 3-D twice as far
COLUMNS = 48  # over t, on the line


@dataclass(frozen=True, eq=False)
class Mapped:
    """On a grid of the page, row 0 the lowest: places (h, w, d) and ``times`` (h, w), ``v`` (h, w, d), ``divergence``
    and the ``variance`` tr Var(dX | X_t = x) by the closed form, ``gap`` |v - v*|, (h, w) each; the last two None
    where no closed form is known. NaN where X_t has no mass. ``bounds`` is the page's box, ``axes`` the two coordinates
    that it shows."""

    bounds: tuple[float, float, float, float]
    at: np.ndarray
    times: np.ndarray
    v: np.ndarray
    divergence: np.ndarray
    variance: np.ndarray | None
    gap: np.ndarray | None
    axes: tuple[int, int] = (0, 1)


@part
class FieldMap(Probe, frozen=True, tag="field map"):
    """Over (t, x) on the line; over the plane at ``t`` else, in 3-D over a slice of space."""

    about = "v on a grid with its divergence, the conditional variance and |v - v*|, where X_t has mass."

    t: Annotated[float, knob("t", 0.0, 1.0, tip="The time, in 2-D and 3-D.")] = 0.5
    cells: Annotated[int, knob("cells", 4, 100, tip="Along each side of the picture.")] = 45
    across: Annotated[Literal["x", "y", "z"], knob("slice across", tip="In 3-D: the axis that the slice is cut.")] = "z"
    at: Annotated[float, knob("slice at", 0.0, 1.0, tip="In 3-D: where, as a share of the box along that axis.")] = 0.5

    def applies(self, subject: Subject) -> bool:
        return subject.v is not None and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Mapped | None]:
        problem, v, truth = subject.problem, subject.v, subject.truth
        low, high = box_of(problem)
        middles = (np.arange(self.cells) + 0.5) / self.cells
        rows = []
        if problem.dim == 1:
            x = low[0] + middles[:, None] * (high[0] - low[0])
            for t in (np.arange(COLUMNS) + 0.5) / COLUMNS:
                rows.append(_told(problem, v, truth, x, float(t), float((high - low)[0]) / self.cells))
                yield None
            found = {name: _stacked([row[name] for row in rows], 1) for name in rows[0]}
            yield Mapped(bounds=(0.0, 1.0, float(low[0]), float(high[0])), **found)
            return
        one, other = page = axes_of(self.across) if problem.dim > 2 else (0, 1)
        along = low + middles[:, None] * (high - low)
        points = np.tile(low + self.at * (high - low), (self.cells**2, 1))
        points[:, one], points[:, other] = (m.ravel() for m in np.meshgrid(along[:, one], along[:, other]))
        told = _told(problem, v, truth, points, self.t, float(np.linalg.norm((high - low)[list(page)] / self.cells)))
        yield None
        shape = (self.cells, self.cells)
        found = {name: None if x is None else x.reshape(*shape, *x.shape[1:]) for name, x in told.items()}
        bounds = tuple(float(edge[k]) for k in page for edge in (low, high))
        yield Mapped(bounds=bounds, axes=page, **found)


def axes_of(across: str) -> tuple[int, int]:
    """The two coordinates that a slice across this one shows."""
    return tuple(k for k in range(3) if k != "xyz".index(across))


def _stacked(columns: list, axis: int) -> np.ndarray | None:
    return None if columns[0] is None else np.stack(columns, axis)


def box_of(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Corners (d,) of the box around both ends, with some room."""
    ends = np.concatenate([problem.x0[:LOOKED], problem.x1[:LOOKED]])
    low, high = np.quantile(ends, [0.005, 0.995], axis=0)
    room = np.maximum(0.1 * (high - low), 1e-6)
    return low - room, high + room


def places_of(problem: Problem, t: float) -> np.ndarray:
    """X_t (n, d) of pairs that tell where it has mass, with the path's noise where it has one."""
    x0, x1 = problem.x0[:LOOKED], problem.x1[:LOOKED]
    xt, dx = problem.path.at(x0, x1, t)
    if problem.path.noisy:
        xt, _ = problem.path.disturb(xt, dx, t, np.random.default_rng(0x9A9).standard_normal(x0.shape))
    return np.asarray(xt, float)


def _told(problem: Problem, v: Field, truth: Field | None, points: np.ndarray, t: float, cell: float) -> dict:
    """Everything at these places (n, d), at one time."""
    from scipy.spatial import cKDTree

    there = cKDTree(places_of(problem, t)).query(points)[0] <= (REACH if problem.dim < 3 else 2 * REACH) * max(
        cell, 1e-12
    )
    known = points[there]

    def spread(values: np.ndarray) -> np.ndarray:
        whole = np.full((len(points), *values.shape[1:]), np.nan)
        whole[there] = values
        return whole.astype(np.float32)

    here = evaluate(v, known, t) if len(known) else np.zeros((0, problem.dim))
    exact = None if truth is None or not len(known) else here if truth is v else evaluate(truth, known, t)
    return {
        "at": points.astype(np.float32),
        "times": np.full(len(points), t, np.float32),
        "v": spread(here),
        "divergence": spread(v.divergence(known, t) if len(known) else np.zeros(0)),
        "variance": None if truth is None else spread(truth.spread(known, t) if len(known) else np.zeros(0)),
        "gap": None
        if truth is None
        else spread(np.zeros(0) if exact is None else np.linalg.norm(here - exact, axis=1)),
    }
