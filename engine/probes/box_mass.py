"""The mass in a box, and what flows through its faces: the continuity equation, d/dt P(X_t in B) = in - out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.fields.field import Field, evaluate
from engine.laws.between import Between, between
from engine.motion.stopping import Stop, never
from engine.parts import Problem, Wrong, knob
from engine.probe import Probe, Subject
from engine.registry import part

TIMES = np.linspace(0.0, 1.0, 65)
EDGE = 1e-3  # of t: nearer to its ends nothing is asked, for there a law may be points
STEP = 1e-4  # of t, over which an exact mass is differenced
WIDE = 1 / 32  # the same of pairs
SLAB = 0.1  # of the box's side: how thick a face is, where the law is known by its pairs alone
PAIRS = 16_384
ON_FACE = 256  # places on each face at which v is asked, where the law is known
HALF = 0.35  # of the spread of X_t at t = 1/2, that of an axis in the mean: half a side of the box that is found


@dataclass(frozen=True, eq=False)
class Balance:
    """For the box from ``low`` to ``high`` (d,), at ``times`` (k,): ``mass`` = P(X_t in B), its ``rate`` d/dt, and the
    flow of rho v through the faces, ``inflow`` and ``outflow`` (k,), rho that of X_t and v that of the round.

    ``net`` = in - out. ``mass_error``, ``rate_error``, ``net_error`` (k,) are standard errors, 0 where the figure is
    exact. ``exact``: mass and rate follow from the law itself, else from ``pairs`` pairs.
    """

    low: np.ndarray
    high: np.ndarray
    times: np.ndarray
    mass: np.ndarray
    mass_error: np.ndarray
    rate: np.ndarray
    rate_error: np.ndarray
    inflow: np.ndarray
    outflow: np.ndarray
    net: np.ndarray
    net_error: np.ndarray
    exact: bool
    pairs: int


@part
class BoxMass(Probe, frozen=True, tag="box mass"):
    """Where v is v*, what the box gains is what flows in less what flows out. Without a box one is found."""

    about = "P(X_t in a box) over t, its slope, and the flow of rho v through the faces of the box."

    low: Annotated[tuple[float, ...], knob("low", tip="The box's lower corner; none: a box in the middle.")] = ()
    high: Annotated[tuple[float, ...], knob("high", tip="The box's upper corner.")] = ()

    def check(self, dim: int) -> None:
        if not self.low and not self.high:
            return
        if len(self.low) != dim or len(self.high) != dim:
            raise Wrong("low", f"and high have {len(self.low)} and {len(self.high)} numbers; give {dim} each, or none")
        if not (np.array(self.low) < np.array(self.high)).all():
            raise Wrong("low", "is not below high everywhere: the box is empty")

    def applies(self, subject: Subject) -> bool:
        return subject.v is not None and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Balance | None]:
        problem = subject.problem
        self.check(problem.dim)
        low, high = (np.array(x, float) for x in (self.low, self.high)) if self.low else middle_box(problem)
        times = TIMES.clip(EDGE, 1 - EDGE)
        found = []
        for k, t in enumerate(times.tolist()):
            law = between(problem, t)
            if law is not None:
                found.append(_by_law(problem, subject, law, low, high, t, k))
            else:
                found.append(_by_pairs(problem, subject.v, low, high, t))
            yield None
        mass, mass_error, rate, rate_error, inflow, outflow, net, net_error = np.array(found).T
        exact, n = law is not None, min(PAIRS, len(problem.x0))
        yield Balance(low, high, times, mass, mass_error, rate, rate_error, inflow, outflow, net, net_error, exact, n)


def middle_box(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Around the middle of X_t at t = 1/2."""
    xt, _ = problem.path.at(problem.x0[:PAIRS], problem.x1[:PAIRS], 0.5)
    middle, half = xt.mean(0), max(HALF * float(np.sqrt(xt.var(0).mean())), 1e-6)
    return middle - half, middle + half


def _by_law(
    problem: Problem, subject: Subject, law: Between, low: np.ndarray, high: np.ndarray, t: float, seed: int
) -> tuple[float, ...]:
    """Mass, slope and the flow of rho v* are sums over components; v - v* is averaged over places on each face that
    are drawn from rho there."""
    before, after = (between(problem, t + by).mass(low, high) for by in (-STEP, STEP))
    rng, exact = np.random.default_rng([0xB0C, seed]), subject.v.closed or subject.v is subject.truth
    flow_in = flow_out = off = square = 0.0
    for axis in range(len(low)):
        for edge, sign in ((low[axis], -1.0), (high[axis], 1.0)):
            each = law.on_face(axis, edge, low, high)
            weight = float(each.sum())
            if weight < 1e-12:
                continue
            x = _drawn(law, each / weight, axis, edge, low, high, rng)
            out = sign * evaluate(subject.v, x, t)[:, axis]
            flow_out += weight * float(out.clip(0).mean())
            flow_in += weight * float((-out).clip(0).mean())
            if not exact:
                rest = out - sign * _known(law, x)[:, axis]
                off += weight * float(rest.mean())
                square += (weight * float(rest.std(ddof=1))) ** 2 / len(rest)
    net = -law.flux(low, high) - off
    # The two directions add up to the net flow, which is known better than either of them.
    flow_in = max(flow_in + (net - (flow_in - flow_out)) / 2, net, 0.0)
    rate = (after - before) / (2 * STEP)
    return (
        *(law.mass(low, high), 0.0, rate, 0.0),
        *(flow_in, flow_in - net, net, float(np.sqrt(square))),
    )


def _drawn(
    law: Between, share: np.ndarray, axis: int, edge: float, low: np.ndarray, high: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Places (n, d) on a face, from rho there: normal along the other axes, cut at the box."""
    from scipy.special import ndtr, ndtri

    which = rng.choice(len(share), ON_FACE, p=share)
    mean, std = law.means[which], law.stds[which]
    a, b = ndtr((low - mean) / std), ndtr((high - mean) / std)
    x = mean + std * ndtri((a + rng.random(mean.shape) * (b - a)).clip(1e-15, 1 - 1e-15))
    x = x.clip(low, high)
    x[:, axis] = edge
    return x


def _known(law: Between, x: np.ndarray) -> np.ndarray:
    """v* at places (n, d)."""
    away = x[:, None] - law.means
    log = np.log(law.weights) - 0.5 * ((away / law.stds) ** 2).sum(-1) - np.log(law.stds).sum(-1)
    w = np.exp(log - log.max(1, keepdims=True))
    w /= w.sum(1, keepdims=True)
    return np.einsum("nk,nkd->nd", w, law.drift + law.gain * away)


def _by_pairs(problem: Problem, v: Field, low: np.ndarray, high: np.ndarray, t: float) -> tuple[float, ...]:
    """Shares of the pairs; a face is a slab, in which the pairs there tell rho and are asked for v."""
    x = _at(problem, t)
    n, inside = len(x), _inside(x, low, high)
    share = float(inside.mean())
    by = min(WIDE, t, 1 - t)
    change = (_inside(_at(problem, t + by), low, high).astype(float) - _inside(_at(problem, t - by), low, high)) / (
        2 * by
    )
    flows = np.zeros((n, 2))
    for axis in range(len(low)):
        thick = SLAB * (high[axis] - low[axis])
        others = np.delete(np.arange(len(low)), axis)
        beside = _inside(x[:, others], low[others], high[others])
        for edge, sign in ((low[axis], -1.0), (high[axis], 1.0)):
            rows = np.flatnonzero(beside & (np.abs(x[:, axis] - edge) < thick / 2))
            if len(rows):
                out = sign * evaluate(v, x[rows], t)[:, axis] / thick
                flows[rows, 0] += (-out).clip(0)
                flows[rows, 1] += out.clip(0)
    net = flows[:, 0] - flows[:, 1]
    error = np.array([np.sqrt(share * (1 - share)), change.std(), net.std()]) / np.sqrt(n)
    flow_in, flow_out = flows.mean(0)
    return share, error[0], float(change.mean()), error[1], flow_in, flow_out, float(net.mean()), error[2]


def _at(problem: Problem, t: float) -> np.ndarray:
    """X_t (n, d) of the pairs; the noise of a noisy path is one draw for each pair."""
    xt, dxt = problem.path.at(problem.x0[:PAIRS], problem.x1[:PAIRS], t)
    if problem.path.noisy:
        xt, _ = problem.path.disturb(xt, dxt, t, np.random.default_rng(0xFA9).standard_normal(xt.shape))
    return np.asarray(xt, float)


def _inside(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return ((x >= low) & (x < high)).all(1)
