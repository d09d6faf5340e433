"""The field towards one target point beside the field that is the average of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.fields.affine import Affine
from engine.fields.field import evaluate
from engine.motion.stopping import Stop, never
from engine.parts import Wrong, knob
from engine.probe import Probe, Subject
from engine.probes.field_map import box_of, places_of
from engine.registry import part

CELLS = {1: (14, 18), 2: (15, 15), 3: (7, 7, 7)}  # of the grid: x (and t on the line), or all axes
REACH = 1.1  # diagonals of a cell: an arrow is drawn with mass as near
CLOUD = 400  # X_t of lines to the one point
LAST = 0.96  # of t: later all lines to one point are there


@dataclass(frozen=True, eq=False)
class Toward:
    """``target`` (d,) is the chosen point. At places ``at`` (n, d) at ``times`` (n,), ``toward`` is the velocity of the
    line through x that ends in it, E[dX | X_t = x, X1 = target], and ``average`` the velocity v, the average over all
    target points, (n, d) each; NaN where neither has any mass. ``alone`` (k, d): X_t at ``t`` of the lines to it."""

    t: float
    target: np.ndarray
    at: np.ndarray
    times: np.ndarray
    toward: np.ndarray
    average: np.ndarray
    alone: np.ndarray
    path: Affine

    def through(self, x: np.ndarray) -> np.ndarray:
        """The velocity (d,) of the line through x (d,) at ``t`` that ends in the target."""
        return toward_one(self.path, x[None].astype(float), self.t, self.target)[0]


@part
class OneTarget(Probe, frozen=True, tag="one target"):
    """Conditional and marginal: (x1 - x)/(1 - t) for one x1, and its average over the posterior of x1."""

    about = "The field towards one target point, and the average over all of them."

    target: Annotated[tuple[float, ...], knob("target", tip="The nearest target point is meant; none: any.")] = ()
    t: Annotated[float, knob("t", 0.0, 1.0, tip="The time, in 2-D and 3-D.")] = 0.5

    def applies(self, subject: Subject) -> bool:
        return subject.v is not None and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Toward | None]:
        problem = subject.problem
        if not isinstance(problem.path, Affine):
            raise Wrong("", "the field towards one point is told for affine paths X_t = a X1 + b X0 alone")
        if self.target and len(self.target) != problem.dim:
            raise Wrong("target", f"has {len(self.target)} numbers in dimension {problem.dim}")
        wanted = np.array(self.target) if self.target else problem.x1[0]
        target = problem.x1[int(np.argmin(((problem.x1 - wanted) ** 2).sum(1)))].astype(float)
        low, high = box_of(problem)
        cells = np.array(CELLS[problem.dim])
        t = min(self.t, LAST)
        if problem.dim == 1:
            parts = []
            for time in ((np.arange(cells[1]) + 0.5) / cells[1] * LAST).tolist():
                x = (low + (np.arange(cells[0])[:, None] + 0.5) / cells[0] * (high - low)).reshape(-1, 1)
                parts.append((x, np.full(len(x), time), *_both(subject, target, x, time, (high - low) / cells[0])))
                yield None
            at, times, toward, average = (np.concatenate(part) for part in zip(*parts, strict=True))
        else:
            lines = [low[k] + (np.arange(n) + 0.5) / n * (high[k] - low[k]) for k, n in enumerate(cells)]
            at = np.stack([m.ravel() for m in np.meshgrid(*lines, indexing="ij")], -1)
            times = np.full(len(at), t)
            toward, average = _both(subject, target, at, t, (high - low) / cells)
            yield None
        a, b, _, _ = problem.path.coefficients(t)
        alone = a * target + b * problem.x0[:CLOUD] if problem.coupling.independent else np.zeros((0, problem.dim))
        yield Toward(t, target, *(x.astype(np.float32) for x in (at, times, toward, average, alone)), problem.path)


def toward_one(path: Affine, x: np.ndarray, t: float, target: np.ndarray) -> np.ndarray:
    """dX of the line through x (n, d) at t that ends in ``target`` (d,), (n, d): (target - x)/(1 - t) of a straight
    one.     X0 = (x - a target)/b."""
    a, b, da, db = path.coefficients(t)
    return da * target + db * (x - a * target) / b


def _both(
    subject: Subject, target: np.ndarray, x: np.ndarray, t: float, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each where its own lines are: NaN elsewhere."""
    from scipy.spatial import cKDTree

    problem, reach = subject.problem, REACH * float(np.linalg.norm(cell))
    a, b, _, _ = problem.path.coefficients(t)
    mine = a * target + b * problem.x0[: 10 * CLOUD]
    near, all_near = (cKDTree(cloud).query(x)[0] <= reach for cloud in (mine, places_of(problem, t)))
    toward = np.where(near[:, None], toward_one(problem.path, x, t, target), np.nan)
    average = np.full(x.shape, np.nan)
    if all_near.any():
        average[all_near] = evaluate(subject.v, x[all_near], t)
    return toward, average
