"""Entropic optimal transport by Sinkhorn's iteration, in slices that may be dropped at any time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.matching.assignment import Slices, costs, split
from engine.matching.uninterruptible import aside
from engine.parts import Wrong

MOST = 3000  # iterations at the wanted epsilon
FAR = 20.0  # times the median cost: more is an outlier's
WORK = 4e7  # entries of the plan that one slice visits: about a tenth of a second


def entropic(
    x0: np.ndarray, x1: np.ndarray, epsilon: float, size: int, rng: np.random.Generator, absolute: bool = False
) -> Slices:
    """Rows (n,) of x1 drawn from the entropic plan given each row of x0; no permutation: rows of x1 may repeat.

    Inside random blocks of ``size`` points at most, the plan that minimises E|x1 - x0|² + epsilon m KL(plan | product),
    with m the block's mean cost (``typical``), or 1 where epsilon is ``absolute``, until the target's weights are met
    within a thousandth (root mean square). Yields the share done after each slice, the rows at the end.
    """
    drawn = np.empty(len(x0), int)
    blocks = split(len(x0), size, rng)
    for k, (i, j) in enumerate(blocks):
        cost, _ = costs(x0[i], x1[j])
        # what is taken off a row or a column changes no plan: an outlier's row keeps its digits, and a kernel above 0
        cost -= cost.min(1, keepdims=True)
        cost -= cost.min(0)
        m = typical(x0[i], x1[j])
        slices, plan = sinkhorn(cost / m, epsilon / m if absolute else epsilon, epsilon), None
        while plan is None:
            for step in aside(lambda slices=slices: next(slices)):
                if step is None:
                    yield k / len(blocks)
            (plan,) = step
        sums = plan.cumsum(1)
        level = rng.random((len(i), 1)) * sums[:, -1:]
        drawn[i] = j[np.minimum((sums <= level).sum(1), len(j) - 1)]
        yield (k + 1) / len(blocks)
    yield drawn


def typical(x0: np.ndarray, x1: np.ndarray) -> float:
    """The mean of |x1 - x0|² over all pairs, none counted as more than ``FAR`` times the median: a single point at 1e6
    would make every plan near independent. 1 where all points are the same."""
    from scipy.spatial.distance import cdist

    cost = cdist(x0, x1, "sqeuclidean")
    middle = float(np.median(cost))
    return float((np.minimum(cost, FAR * middle) if middle else cost).mean()) or 1.0


def sinkhorn(cost: np.ndarray, epsilon: float, asked: float | None = None) -> Iterator[np.ndarray | None]:
    """The plan (n, n) between uniform weights; None before it, after each slice of the work.

    From a large epsilon down to the wanted one, each stage starting where the last one ended: far fewer iterations
    than at a small epsilon at once. After each slice the scalings go into the potentials, so that nothing overflows.
    Raises Wrong where it does not converge, in terms of the epsilon that was ``asked`` for.
    """
    n = len(cost)
    bound = 1e-3 / np.sqrt(n)  # of the l2 norm of the column sums' errors, weights of 1/n
    f, g = np.zeros(n), np.zeros(n)
    stages = [*epsilon * 2.0 ** np.arange(max(0, np.ceil(np.log2(1 / epsilon))), 0, -1), epsilon]
    at_once = max(5, round(WORK / n**2))
    for stage in stages:
        left = MOST if stage == epsilon else 100
        while left > 0:
            with np.errstate(all="ignore"):  # the plan is judged below
                kernel = np.exp((f[:, None] + g - cost) / stage)
                u = np.ones(n)
                for _ in range(min(left, at_once)):
                    v = 1 / (n * (u @ kernel))
                    u = 1 / (n * (kernel @ v))
                f, g = f + stage * np.log(u), g + stage * np.log(v)
                miss = np.linalg.norm(v * (u @ kernel) - 1 / n)
            left -= at_once
            yield None
            if not miss > bound:  # NaN is not above it either
                break
    with np.errstate(all="ignore"):
        plan = u[:, None] * kernel * v
    if not miss <= 10 * bound or not (plan.sum(1) > 0).all():
        raise Wrong(
            "coupling.epsilon", f"{asked or epsilon:g} is too small for Sinkhorn's iteration here; give a larger one"
        )
    yield plan
