"""Assignments by POT's network simplex, proved by their duals and refined until they are optimal."""

from __future__ import annotations

import os
from types import ModuleType

import numpy as np

from engine.parts import Wrong

TOLERANCE = 1e-10  # of what a near partner costs: how far the mean cost of a plan may lie above the least one
REFINEMENTS = 4  # of a plan that is not optimal yet; one is nearly always enough
ROUNDING = 8 * np.finfo(float).eps  # of the terms of a reduced cost


def pot() -> ModuleType:
    """POT without its other array libraries: it would import torch, which stalls the window for a third of a second."""
    for library in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW"):
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{library}", "1")
    import ot

    return ot


def assigned(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The column of each row in the permutation of least total cost, and the duals of rows and columns, each (n,).

    ``cost`` (n, n) is overwritten. The duals are u_i + v_j <= cost_ij, equal where i goes with j.

    The solver's tolerance goes with the largest entry, so one outlier of 1e6 makes it blind to all others. Its duals
    tell how far above the least cost the plan may lie: no entry whose reduced cost is above that gap is in a better
    plan, so the reduced costs, cut off there, are the same problem on a scale where the solver sees what is left.
    Raises Wrong where no plan is proved within ``TOLERANCE``.
    """
    least = ROUNDING * float(
        np.median(np.abs(cost[:: max(1, len(cost) // 64)]))
    )  # what the entries themselves are known to
    rows, columns = cost.min(1), np.zeros(len(cost))
    cost -= rows[:, None]
    columns += cost.min(0)
    cost -= columns
    near = float(np.median(np.quantile(cost[:: max(1, len(cost) // 64)], 0.1, axis=1)))
    for _ in range(1 + REFINEMENTS):
        partner, u = _solved(cost)
        v = _columns(cost, u)
        rows, columns = rows + u, columns + v
        gap = float((cost[np.arange(len(u)), partner] - u - v[partner]).sum())
        if gap <= (TOLERANCE * near + least) * len(u) + ROUNDING * float((np.abs(u) + np.abs(v[partner])).sum()):
            return partner, rows, columns
        cost -= u[:, None]
        cost -= v
        np.clip(cost, 0.0, gap, out=cost)
    raise Wrong("", f"the plan found is not optimal: its mean cost may lie {gap / len(u):.3g} above the least one")


def _solved(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A permutation of nearly least cost and the duals of the rows, each (n,). Raises Wrong."""
    size = float(cost.max()) or 1.0
    cost /= size
    ones = np.ones(len(cost))  # mass 1 at every point: the flow is then of whole numbers, without rounding
    plan, log = pot().emd(ones, ones, cost, numItermax=10**7, log=True)
    cost *= size
    partner = plan.argmax(1)
    if log["warning"] or len(np.unique(partner)) != len(partner):
        raise Wrong("", f"the exact plan did not come to its end; {log['warning'] or 'it split points'}")
    return partner, np.asarray(log["u"]) * size


def _columns(cost: np.ndarray, u: np.ndarray) -> np.ndarray:
    """The largest duals of the columns that fit those of the rows: u_i + v_j <= cost_ij for all i, j."""
    v = np.full(len(cost), np.inf)
    for k in range(0, len(cost), 256):
        np.minimum(v, (cost[k : k + 256] - u[k : k + 256, None]).min(0), out=v)
    return v
