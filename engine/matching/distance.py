"""W2² between two clouds of one size, with the standard error that follows from the duals of the plan."""

from __future__ import annotations

import math

import numpy as np

from engine.matching.assignment import ALONE, by_order, costs
from engine.matching.simplex import assigned
from engine.matching.uninterruptible import aside
from engine.motion.stopping import Stop, Stopped, never


def squared_w2(x0: np.ndarray, x1: np.ndarray, stop: Stop = never) -> tuple[float, float]:
    """min over permutations of mean |x1_s(i) - x0_i|² of clouds (n, d), exact, and its standard error.

    How W2² changes with a point is the dual of that point: (W2²_n - E W2²_n) √n tends to a normal law of variance
    Var φ(X0) + Var ψ(X1) (del Barrio and Loubes, 2019), numbers of points per mode included. That is for laws that
    differ; where they do not, what one mode has too many must be carried whichever way it is (``_folded``). Raises
    Stopped, Wrong.
    """
    partner, u, v = _planned(x0, x1, stop)
    away = ((x1[partner] - x0) ** 2).sum(1)
    error = np.sqrt((u.var(ddof=1) + v.var(ddof=1)) / len(u)) if len(u) > 1 else 0.0
    return float(away.mean()), _folded(float(away.mean()), float(error))


def _folded(value: float, error: float) -> float:
    """Standard deviation of |N(μ, error²)| where its mean is ``value``; of μ = 0, 0.6 errors, where that mean is below
    what any μ has."""
    if value >= 6 * error:  # or there is no error
        return error

    def mean(mu: float) -> float:
        z = mu / error
        return error * math.sqrt(2 / math.pi) * math.exp(-(z**2) / 2) + mu * math.erf(z / math.sqrt(2))

    from scipy.optimize import brentq

    least = mean(0.0)
    if value <= least:
        return math.sqrt(error**2 - least**2)
    mu = brentq(lambda mu: mean(mu) - value, 0.0, value)
    return math.sqrt(mu**2 + error**2 - value**2)


def excess(x0: np.ndarray, x1: np.ndarray, stop: Stop = never) -> tuple[float, float]:
    """mean |x1_i - x0_i|² over pairs (n, d) less the least over permutations, and its standard error.

    The duals add up to that least cost, so each pair has an excess of its own, which is never below 0. Parts of the
    pairs would not tell: what a few points can gain by exchange is another number. Raises Stopped, Wrong.
    """
    _, u, v = _planned(x0, x1, stop)
    each = ((x1 - x0) ** 2).sum(1) - u - v
    error = each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else 0.0
    return float(each.mean()), float(error)


def _planned(x0: np.ndarray, x1: np.ndarray, stop: Stop) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``_plan``, given up at a stop."""
    if len(x0) <= ALONE or x0.shape[1] == 1:
        return _plan(x0, x1)
    for step in aside(lambda: _plan(x0, x1)):
        if step is None:
            if stop():
                raise Stopped
        else:
            (found,) = step
    return found


def _plan(x0: np.ndarray, x1: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Partners and the duals of |x1 - x0|², (n,) each."""
    if x0.shape[1] == 1:
        return _on_the_line(x0[:, 0], x1[:, 0])
    shift = x1.mean(0) - x0.mean(0)
    partner, u, v = assigned(costs(x0, x1)[0])
    # |x1 - x0|² is the cost of the centred clouds, and these terms of each point alone
    u += (shift**2).sum() - 2 * (x0 - x0.mean(0)) @ shift
    return partner, u, v + 2 * (x1 - x1.mean(0)) @ shift


def _on_the_line(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By order; the dual of a has the slope 2 (a - b) along the sorted points."""
    partner = by_order(a, b)
    order = np.argsort(a, kind="stable")
    x, away = a[order], (a - b[partner])[order]
    u, v = np.empty(len(a)), np.empty(len(a))
    u[order] = np.concatenate([[0.0], np.cumsum(np.diff(x) * (away[1:] + away[:-1]))])
    v[partner] = (a - b[partner]) ** 2 - u
    return partner, u, v
