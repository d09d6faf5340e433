"""What v is at one place: the average of the lines that pass through it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from engine.fields.field import evaluate
from engine.motion.stopping import Stop, never
from engine.parts import Problem, Wrong, knob
from engine.probe import Probe, Subject
from engine.registry import part

LOOKED = 65_536  # pairs among which the nearest are sought
TIMES = np.linspace(0.1, 0.9, 17)  # at which the busiest place is sought
AMONG = 300  # X_t at each of them


@dataclass(frozen=True, eq=False)
class Fan:
    """The lines that pass nearest to the place ``x`` (d,) at ``t``, within ``reach`` of it.

    ``who`` (k,) the numbers of their pairs, ``x0, x1`` (k, d) their ends, ``dx`` (k, d) their velocities there and
    ``weight`` (k,) what each counts, with sum 1.
    ``mean`` (d,) is their average, a local linear regression of dX on X_t, ``error`` (d,) its standard error, and
    ``covariance`` (d, d) how the velocities part around it. ``exact`` (d,) is v* and ``spread`` tr Var(dX | X_t = x) by
    the closed form, where there is one; ``net`` (d,) the velocity that the round has, where it has one.
    """

    t: float
    x: np.ndarray
    who: np.ndarray
    x0: np.ndarray
    x1: np.ndarray
    dx: np.ndarray
    weight: np.ndarray
    reach: float
    mean: np.ndarray
    error: np.ndarray
    covariance: np.ndarray
    exact: np.ndarray | None = None
    spread: float | None = None
    net: np.ndarray | None = None

    @property
    def size(self) -> float:
        """Lines that would tell as much, each counting the same."""
        return float(1.0 / (self.weight**2).sum())


@part
class Averaging(Probe, frozen=True, tag="averaging"):
    """v*(x, t) = E[dX | X_t = x]. Without ``at`` the place is found where lines part most."""

    about = "The lines through one place, their average v* = E[dX | X_t = x], and how far they part."

    at: Annotated[tuple[float, ...], knob("place", tip="x, one number for each coordinate; none: a busy place.")] = ()
    t: Annotated[float, knob("t", 0.0, 1.0, tip="The time.")] = 0.5
    lines: Annotated[int, knob("lines", 4, 2000, log=True, tip="Lines in the fan.")] = 96

    def check(self, dim: int) -> None:
        if self.at and (len(self.at) != dim or not np.isfinite(self.at).all()):
            raise Wrong("at", f"has {len(self.at)} numbers in dimension {dim}; give {dim} finite ones, or none")

    def applies(self, subject: Subject) -> bool:
        return subject.v is not None and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Fan | None]:
        problem = subject.problem
        self.check(problem.dim)
        x, t = np.array(self.at, float), self.t
        if not len(x):
            x, t = busy(subject)
            yield None
        fan = fan_of(problem, x, t, self.lines)
        yield None
        place, truth = x[None], subject.truth
        exact = None if truth is None else evaluate(truth, place, t)[0]
        spread = None if truth is None else float(truth.spread(place, t)[0])
        yield replace(fan, exact=exact, spread=spread, net=evaluate(subject.v, place, t)[0])


def fan_of(problem: Problem, x: np.ndarray, t: float, lines: int = 96) -> Fan:
    """The lines alone, without what a closed form or v says there."""
    x0, x1, xt, dx = _through(problem, t)
    away = np.linalg.norm(xt - x, axis=1)
    nearest = np.argsort(away, kind="stable")[: min(lines, len(away))]
    weight, reach = _weights(away, nearest)
    mean, error, covariance = _regression(xt[nearest] - x, dx[nearest], weight)
    return Fan(t, x, nearest, x0[nearest], x1[nearest], dx[nearest], weight, reach, mean, error, covariance)


def _through(problem: Problem, t: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """x0, x1, X_t and dX of the round's pairs, (n, d) each; the noise of a noisy path is one draw for each pair."""
    x0, x1 = problem.x0[:LOOKED], problem.x1[:LOOKED]
    xt, dx = problem.path.at(x0, x1, t)
    if problem.path.noisy:
        xt, dx = problem.path.disturb(xt, dx, t, np.random.default_rng(0xFA9).standard_normal(xt.shape))
    return x0, x1, np.asarray(xt, float), np.asarray(dx, float)


def busy(subject: Subject, times: Iterable[float] = tuple(TIMES.tolist())) -> tuple[np.ndarray, float]:
    """A place and one of these times where lines part most: by the closed form, or among neighbours."""
    best, found = -1.0, (np.zeros(subject.problem.dim), 0.5)
    for t in times:
        _, _, xt, dx = _through(subject.problem, t)
        at = xt[:AMONG]
        spread = subject.truth.spread(at, t) if subject.truth is not None else _parting(xt, dx, at)
        k = int(np.argmax(spread))
        if spread[k] > best * (1 + 1e-9):
            best, found = float(spread[k]), (at[k], t)
    return found


def _parting(xt: np.ndarray, dx: np.ndarray, at: np.ndarray, k: int = 24) -> np.ndarray:
    """How far the velocities of the ``k`` nearest lines part, at each of these places."""
    from scipy.spatial import cKDTree

    _, near = cKDTree(xt).query(at, k=min(k, len(xt)))
    return dx[near.reshape(len(at), -1)].var(1).sum(-1)


def _weights(away: np.ndarray, nearest: np.ndarray) -> tuple[np.ndarray, float]:
    """Tricube over the distance to the farthest of them; equal ones where all are at one place."""
    reach = float(away[nearest].max())
    share = away[nearest] / reach if reach > 0 else np.zeros(len(nearest))
    weight = (1 - np.minimum(share, 1 - 1e-3) ** 3) ** 3
    return weight / weight.sum(), reach


def _regression(off: np.ndarray, dx: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local linear: dX ~ a + B (X_t - x) with these weights. a, its standard error, and the covariance of the rest.

    a = sum_k l_k dX_k with weights l that sum to 1, so its variance is sum_k l_k^2 Var(dX).
    """
    scale = float(np.sqrt((weight[:, None] * off**2).sum())) or 1.0
    design = np.column_stack([np.ones(len(off)), off / scale])
    smoother = np.linalg.pinv(np.sqrt(weight)[:, None] * design, rcond=1e-8) * np.sqrt(weight)
    coefficients, taken = smoother @ dx, smoother[0]
    rest = dx - design @ coefficients
    # The hat matrix has as many degrees of freedom as columns: what is left over is that much too small.
    free = max(1.0 - np.linalg.matrix_rank(design) * float((weight**2).sum()), 1e-3)
    covariance = (weight[:, None] * rest).T @ rest / free
    error = np.sqrt((taken**2).sum() * np.diag(covariance))
    return coefficients[0], error, covariance
