"""What pairs alone tell of v*(x, t) = E[dX | X_t = x], where no closed form does: how far v is from it.

The rests r_i = dX_i - v(X_t^i) of n pairs have the mean g = v* - v given X_t, and the fit gap is E|g|². Smoothing
the rests, not dX itself, leaves nothing to smooth where v is right: there the figure is 0 on average, to all orders.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.evidence.estimate import Estimate
from engine.fields.kernel import NEAREST, others, weights
from engine.motion.stopping import Stop, Stopped, never
from engine.parts import Wrong

BLOCKS = 32  # of pairs, behind the standard error

At = Callable[[float], tuple[np.ndarray, np.ndarray]]


def square_of_mean(at: At, nodes: tuple[np.ndarray, np.ndarray], stop: Stop = never) -> Estimate:
    """int E|E[r | X_t]|² dt of pairs in random order, ``at(t)`` giving X_t and r (n, d) each.

    With g_i the local linear regression on the rests of the nearest other pairs, the mean of 2 r_i·g_i - |g_i|², where
    |g_i|² is without what the rests' own noise adds: its expectation falls short of E|g|² by the square of the
    smoothing error. Its standard error has two parts: how the pairs' own terms vary, |g|² + 2 (r - g)·g and so the
    influence of a pair on E|g|², and what only two pairs together do, which is all there is where g is 0; blocks of
    pairs tell that one. Raises Stopped, and Wrong where there are fewer than ``BLOCKS`` pairs.
    """
    total, each, n = 0.0, 0.0, 0
    for t, w in zip(*nodes, strict=True):
        if stop():
            raise Stopped
        x, r = at(t)
        n = len(x) // BLOCKS * BLOCKS
        if not n:
            raise Wrong("", f"{len(x)} pairs are too few to tell what v leaves of dX; give {BLOCKS} at least")
        by_two, own = _terms(x[:n], r[:n])
        total, each = total + w * by_two, each + w * own
    return _estimate(total * BLOCKS**2 / n, each)


def _terms(x: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The terms 2 r_i·g_i - |g_i|² (n,), and before them their sum, split by which two blocks of rests the products are
    of: (BLOCKS, BLOCKS). Pair i belongs to the block i mod BLOCKS."""
    from scipy.spatial import cKDTree

    n, dim = x.shape
    near = others(cKDTree(x), x, np.arange(n), min(NEAREST, n - 1))
    part = weights(x, x[near])
    share = part[..., None] * r[near]  # (n, k, d)
    g = share.sum(1)
    place = (np.arange(n)[:, None] * BLOCKS + near % BLOCKS)[..., None] * dim + np.arange(dim)
    u = np.bincount(place.ravel(), share.ravel(), n * BLOCKS * dim).reshape(n // BLOCKS, BLOCKS, BLOCKS, dim)
    first = np.einsum("qad,qabd->ab", r.reshape(-1, BLOCKS, dim), u)
    u = u.transpose(2, 0, 1, 3).reshape(BLOCKS, -1)
    noise = (r * (r - g)).sum(1)  # its expectation is the variance of r_i
    added = part**2 * noise[near]
    own = np.bincount((near % BLOCKS).ravel(), added.ravel(), BLOCKS)
    each = (g * (2 * r - g)).sum(1) + added.sum(1)
    return first + first.T - u @ u.T + np.diag(own), each


def _estimate(by_two: np.ndarray, each: np.ndarray) -> Estimate:
    """The mean of the terms ``each`` (n,), with its standard error: how the terms vary, or what two pairs do together,
    by blocks (b, b), where that is more. Both are in the variance of the terms; where g is 0 it is told up to a half
    too large. Pairs of one plan depend on each other, which none of them tells: another plan's value may be further."""
    b, n, whole = len(by_two), len(each), float(each.mean())
    alone = by_two.mean(1) - by_two.mean()
    together = (by_two - by_two.mean() - alone[:, None] - alone)[np.triu_indices(b, 1)].var() * 2 / b**2
    variance = max(each.var(ddof=1) / n, together)
    return Estimate(whole, float(np.sqrt(variance)), n)
