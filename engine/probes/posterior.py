"""Which data points a place looks ahead to: the posterior of X1 given X_t = x."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.fields.affine import Affine
from engine.motion.stopping import Stop, never
from engine.parts import Problem, Wrong, knob
from engine.probe import Probe, Subject
from engine.probes.averaging import busy, fan_of
from engine.registry import part

MOST = 2000  # points that stand for a law of more
LAST = 1 - 1e-3  # of t: at 1 the place is the point itself


@dataclass(frozen=True, eq=False)
class Posterior:
    """Points of the target ``x1`` (m, d) and the ``weight`` (m,), with sum 1, that each has at place ``x`` at ``t``.

    ``by``: "law" where X1 is finitely many points, all of them, and the source's density is known; "sample" where m
    points stand for the target; "lines" where the nearest pairs tell. ``mean`` (d,): the average of their velocities.
    """

    t: float
    x: np.ndarray
    x1: np.ndarray
    weight: np.ndarray
    mean: np.ndarray
    by: str

    @property
    def size(self) -> float:
        """The effective number of points, 1 / sum w²."""
        return float(1.0 / (self.weight**2).sum())


@part
class PosteriorWeights(Probe, frozen=True, tag="posterior weights"):
    """w_i ∝ p0((x - a_t x_i) / b_t): how likely the line through x at t that ends in x_i starts where it does."""

    about = "The posterior weights of the data points at a place, and the effective number of points."

    at: Annotated[tuple[float, ...], knob("place", tip="x, one number for each coordinate; none: a busy place.")] = ()
    t: Annotated[float, knob("t", 0.0, 1.0, tip="The time.")] = 0.5

    def applies(self, subject: Subject) -> bool:
        return subject.v is not None and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Posterior | None]:
        problem, t = subject.problem, min(self.t, LAST)
        if self.at and len(self.at) != problem.dim:
            raise Wrong("at", f"has {len(self.at)} numbers in dimension {problem.dim}")
        x = np.array(self.at, float) if self.at else busy(subject, (t,))[0]
        yield None
        yield weights_at(problem, x, t)


def weights_at(problem: Problem, x: np.ndarray, t: float) -> Posterior:
    """By the law where it is known, else by the nearest lines."""
    p = problem.source.mixture(problem.dim)
    straight = problem.coupling.independent and problem.round == 1 and isinstance(problem.path, Affine)
    if p is None or not straight or p.flat.any():
        fan = fan_of(problem, x, t)
        return Posterior(t, x, fan.x1, fan.weight, fan.weight @ fan.dx, "lines")
    every = problem.target.points(problem.dim)
    x1 = problem.x1[:MOST] if every is None or len(every) > MOST else np.asarray(every, float)
    a, b, da, db = (float(c) for c in problem.path.coefficients(t))
    x0 = (x - a * x1) / b
    inverse, scale = np.linalg.inv(p.covariances), np.linalg.slogdet(p.covariances)[1]
    away = x0[:, None] - p.means
    with np.errstate(divide="ignore"):
        log = np.log(p.weights) - 0.5 * np.einsum("nki,kij,nkj->nk", away, inverse, away) - 0.5 * scale
    log = np.logaddexp.reduce(log, axis=1)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = weight @ (da * x1 + db * x0)
    return Posterior(t, x, x1, weight, mean, "sample" if every is None or len(every) > MOST else "law")
