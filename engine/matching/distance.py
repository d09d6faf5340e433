"""W2² between two clouds of one size, with the standard error that follows from the duals of the plan."""

from __future__ import annotations

import numpy as np

from engine.matching.assignment import ALONE, by_order, costs
from engine.matching.simplex import assigned
from engine.matching.sparse import LEAST, solved
from engine.matching.uninterruptible import aside
from engine.motion.stopping import Stop, Stopped, never

PARTS = 8  # most parts of two clouds whose duals are compared
PART = 32  # least points of one
CHUNK = 256  # points at which a dual is found between two looks at a stop


def squared_w2(x0: np.ndarray, x1: np.ndarray, stop: Stop = never) -> tuple[float, float]:
    """min over permutations of mean |x1_s(i) - x0_i|² of clouds (n, d), exact, and its standard error.

    How W2² changes with a point is the dual of that point: (W2²_n - E W2²_n) √n tends to a normal law of variance
    Var φ(X0) + Var ψ(X1) (del Barrio and Loubes, 2019), numbers of points per mode included. That is for laws that
    differ. Where they do not, the duals are noise, of which mode has some points too many, and W2² is quadratic in it:
    it varies by half of what the duals then say. So half of their ``_noise`` is left out, but never more than three
    quarters of all. Points are independent draws, in random order. Raises Stopped, Wrong.
    """
    partner, u, v = _planned(x0, x1, stop)
    away, n = ((x1[partner] - x0) ** 2).sum(1), len(u)
    varied = u.var(ddof=1) + v.var(ddof=1) if n > 1 else 0.0
    parts = min(PARTS, n // PART)
    if parts > 1:
        varied -= min(_noise(x0, x1, varied, parts, stop) / 2, 0.75 * varied)
    return float(away.mean()), float(np.sqrt(varied / n))


def _noise(x0: np.ndarray, x1: np.ndarray, varied: float, parts: int, stop: Stop) -> float:
    """How much of the variance of all duals, ``varied``, is noise: the larger of two answers from disjoint parts.

    What the parts' duals have in common, by their covariances, is no noise, the rest of ``varied`` is. But small parts
    also have in common that far points cost much; so what they have not, too: it falls like 1/n, or not at all where
    modes are far apart. Takes about a tenth of the time of the whole plan.
    """
    sums, alone = [np.zeros(len(x0)), np.zeros(len(x1))], 0.0
    for k in range(parts):
        a, b = x0[k::parts], x1[k::parts]
        _, u, v = _planned(a, b, stop)
        for total, dual in zip(sums, (_extended(x0, a, b, v, stop), _extended(x1, b, a, u, stop)), strict=True):
            total += dual
            alone += dual.var(ddof=1) / parts
    common = (sum(total.var(ddof=1) for total in sums) / parts - alone) / (parts - 1)
    return float(max(varied - common, (alone - common) / parts))


def _extended(x: np.ndarray, a: np.ndarray, b: np.ndarray, v: np.ndarray, stop: Stop) -> np.ndarray:
    """min_j |x - b_j|² - v_j at any x (n, d), the dual (n,) that b (m, d) and its own gives: that of a at a itself."""
    if x.shape[1] == 1:  # the best j of a neighbour of x in a is the best of x
        order, k = np.argsort(b[:, 0], kind="stable"), np.searchsorted(np.sort(a[:, 0]), x[:, 0])
        near = order[np.clip([k - 1, k], 0, len(b) - 1)]
        return ((x[:, 0] - b[near, 0]) ** 2 - v[near]).min(0)
    from scipy.spatial.distance import cdist

    found = np.empty(len(x))
    for k in range(0, len(x), CHUNK):
        if stop():
            raise Stopped
        found[k : k + CHUNK] = (cdist(x[k : k + CHUNK], b, "sqeuclidean") - v).min(1)
    return found


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
    found = solved(x0 - x0.mean(0), x1 - x1.mean(0)) if len(x0) >= LEAST else None
    partner, u, v = found or assigned(costs(x0, x1)[0])
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
