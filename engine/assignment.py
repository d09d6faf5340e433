"""Assignments: which row of one cloud goes with which row of another, at least cost |x1 - x0|² or at most.

A partner array ``j`` (n,) says that row i of x0 goes with row j[i] of x1; it is always a permutation.
"""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np

from engine.parts import Wrong, knob

EXACT = 4096  # most points of one exact plan: about two seconds and 300 MB
Block = Annotated[
    int,
    knob(
        "block",
        2,
        EXACT,
        log=True,
        tip="Above 4,096 pairs: points per random block, each solved exactly. About 0.5 s for 2,048 points.",
    ),
]


def by_order(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Partners (n,) that give the k-th smallest of b (n,) to the k-th smallest of a (n,)."""
    partner = np.empty(len(a), int)
    partner[np.argsort(a, kind="stable")] = np.argsort(b, kind="stable")
    return partner


def exact(x0: np.ndarray, x1: np.ndarray, worst: bool = False) -> np.ndarray:
    """Partners (n,) of least total |x1 - x0|², or of the largest with ``worst``: exact.

    In 1-D sorting is the answer, elsewhere POT's network simplex. Raises RuntimeError if it stops short of the optimum.
    """
    sign = -1.0 if worst else 1.0
    if x0.shape[1] == 1:
        return by_order(x0[:, 0], sign * x1[:, 0])
    import ot

    cost, _ = _costs(x0, x1)
    cost *= sign / (cost.max() or 1.0)  # the solver's tolerances are absolute
    ones = np.ones(len(x0))  # mass 1 at every point: the flow is then of whole numbers, without rounding
    plan, log = ot.emd(ones, ones, cost, numItermax=10**7, log=True)
    if log["warning"]:
        raise RuntimeError(f"exact assignment did not finish: {log['warning']}")
    partner = plan.argmax(1)
    if len(np.unique(partner)) != len(partner):
        raise RuntimeError("exact assignment did not end in whole pairs")
    return partner


def turned(x0: np.ndarray, x1: np.ndarray) -> np.ndarray:
    """Partners (n,) of two clouds (n, 2), each in order of angle about its mean, by the cyclic shift of least cost.

    The cost of all n shifts comes from one circular correlation.
    """
    away = [x - x.mean(0) for x in (x0, x1)]
    order = [np.argsort(np.arctan2(a[:, 1], a[:, 0]), kind="stable") for a in away]
    a, b = (np.fft.rfft(x[o], axis=0) for x, o in zip(away, order, strict=True))
    products = np.fft.irfft((a.conj() * b).sum(1), len(x0))  # of shift s: sum_i x0_i · x1_(i + s)
    partner = np.empty(len(x0), int)
    partner[order[0]] = np.roll(order[1], -int(products.argmax()))
    return partner


def split(n: int, size: int, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Random blocks (rows of x0, rows of x1) that cover n points: equal but for one point, ``size`` points at most."""
    count = -(-n // size)
    i, j = np.array_split(rng.permutation(n), count), np.array_split(rng.permutation(n), count)
    return list(zip(i, j, strict=True))


def within(x0: np.ndarray, x1: np.ndarray, size: int, rng: np.random.Generator, worst: bool = False) -> np.ndarray:
    """Partners (n,) by an exact plan inside each random block of ``size`` points at most."""
    partner = np.empty(len(x0), int)
    for i, j in split(len(x0), size, rng):
        partner[i] = j[exact(x0[i], x1[j], worst)]
    return partner


def blockwise(x0: np.ndarray, x1: np.ndarray, block: int, rng: np.random.Generator, worst: bool = False) -> np.ndarray:
    """Partners (n,) exactly for up to ``EXACT`` points and in 1-D; above that exactly inside random blocks."""
    size = len(x0) if x0.shape[1] == 1 else max(block, EXACT if len(x0) <= EXACT else 0)
    return within(x0, x1, size, rng, worst)


def entropic(x0: np.ndarray, x1: np.ndarray, epsilon: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Rows (n,) of x1 drawn from the entropic plan given each row of x0; no permutation: rows of x1 may repeat.

    Inside random blocks of ``size`` points at most, the plan that minimises E|x1 - x0|² + epsilon m KL(plan | product),
    with m the block's mean cost, by Sinkhorn's iteration stabilised in the log domain, until the target's
    weights are met within a thousandth (root mean square).
    """
    drawn = np.empty(len(x0), int)
    for i, j in split(len(x0), size, rng):
        cost, apart = _costs(x0[i], x1[j])
        sums = _sinkhorn(cost / (cost.mean() + apart or 1.0), epsilon).cumsum(1)
        level = rng.random((len(i), 1)) * sums[:, -1:]
        drawn[i] = j[np.minimum((sums <= level).sum(1), len(j) - 1)]
    return drawn


def _costs(x0: np.ndarray, x1: np.ndarray) -> tuple[np.ndarray, float]:
    """|x1 - x0|² of every pair, (n, n), of the clouds moved to one centre, and their squared distance before.

    The move changes every permutation's cost by the same amount, and keeps digits where the clouds are far apart.
    """
    from scipy.spatial.distance import cdist

    centre0, centre1 = x0.mean(0), x1.mean(0)
    return cdist(x0 - centre0, x1 - centre1, "sqeuclidean"), float(((centre1 - centre0) ** 2).sum())


def _sinkhorn(cost: np.ndarray, epsilon: float) -> np.ndarray:
    """The plan (n, n) between uniform weights.

    From a large epsilon down to the wanted one, each stage starting where the last one ended: far fewer iterations
    than at a small epsilon at once. Raises Wrong where it does not converge.
    """
    from ot.bregman import sinkhorn_stabilized

    n = len(cost)
    weights, bound = np.full(n, 1 / n), 1e-3 / np.sqrt(n)
    stages = [*epsilon * 2.0 ** np.arange(max(0, np.ceil(np.log2(1 / epsilon))), 0, -1), epsilon]
    potentials = (np.zeros(n), np.zeros(n))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the plan is judged below
        for stage in stages:
            most = 3000 if stage == epsilon else 100
            plan, log = sinkhorn_stabilized(
                weights, weights, cost, stage, most, tau=1e30, stopThr=bound, warmstart=potentials, log=True
            )
            potentials = log["warmstart"]
    if not np.linalg.norm(plan.sum(0) - weights) <= 10 * bound or not (plan.sum(1) > 0).all():  # NaN is not <= either
        raise Wrong("coupling.epsilon", f"{epsilon:g} is too small for Sinkhorn's iteration here; give a larger one")
    return plan
