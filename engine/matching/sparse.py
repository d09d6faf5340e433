"""Large assignments of |x1 - x0|² by few of their entries: the partners that are near, and then those that were missed.

What is near at the present duals comes from a search tree, for |x - y|² - v is the squared distance of (x, 0) to
(y, √(max v - v)) but for a constant. The network simplex solves the problem of these entries alone; its duals tell
which others would lower the cost, and they are added until none is left. No (n, n) matrix is made, and the proof is the
one of ``simplex.assigned``: the duals bound how far the plan lies above the least cost.
"""

from __future__ import annotations

import numpy as np

from engine.matching.simplex import ROUNDING, TOLERANCE, assigned, pot

LEAST = 3072  # points from which it is faster than the whole matrix
SMALL = 384  # points whose whole matrix gives the first duals
NEAR = 6  # entries of each point to begin with
MORE = 12  # that are added to each point at a time
STRIDES = (8, 64)  # of further entries
TURNS = 24
SEEN = 64  # rows that tell what a near partner costs


def partners(x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """The rows (n,) of y that go with those of x (n, d) in the permutation of least total cost; None where that is not
    proved within its tolerance. Whoever asks moves both clouds to one centre."""
    found = solved(x, y)
    return None if found is None else found[0]


def solved(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Partners and the duals u_i + v_j <= |x_i - y_j|², equal where i goes with j, (n,) each; or None."""
    n = len(x)
    if n <= SMALL:
        return assigned(_costs(x[:, None], y))
    part = solved(x[: n // 4], y[: n // 4])
    if part is None:
        return None
    every = np.arange(n)
    v, _ = _dual(y, x[: n // 4], part[1], 1)
    u, rows = _dual(x, y, v, NEAR)
    v, columns = _dual(y, x, u, NEAR)
    partner, gap = every, np.inf  # one permutation: with it there is a plan
    entries = np.concatenate([_far(x, y, v), _far(y, x, u, turned=True)])
    for _ in range(TURNS):
        entries = np.union1d(entries, np.concatenate([_entries(rows, columns), every * n + partner]))
        i, j = np.divmod(entries, n)
        cost = np.maximum(_costs(x[i], y[j]) - u[i] - v[j], 0.0)
        kept = cost <= gap  # no entry above that is in a better plan
        entries, i, j, cost = entries[kept], i[kept], j[kept], cost[kept]
        found = _by_simplex(i, j, cost, n)
        if found is None:
            return None
        partner, v = found[0], v + found[1]
        u, rows = _dual(x, y, v, MORE)
        gap = float((_costs(x, y[partner]) - u - v[partner]).sum())
        if gap <= _tolerated(x, y, u, v):
            return partner, u, v
        _, columns = _dual(y, x, u, MORE)
    return None


def _costs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return ((x - y) ** 2).sum(-1)


def _dual(x: np.ndarray, y: np.ndarray, v: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """min_j |x - y_j|² - v_j at each of x (n, d), and the k rows of y (n, k) where that is least."""
    from scipy.spatial import cKDTree

    lifted = np.column_stack([y, np.sqrt(v.max() - v)])
    tree = cKDTree(lifted, balanced_tree=False, compact_nodes=False)
    near = tree.query(np.column_stack([x, np.zeros(len(x))]), k)[1].reshape(len(x), k)
    return (_costs(x[:, None], y[near]) - v[near]).min(1), near


def _entries(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Their numbers in the whole matrix: the columns near to each row (n, k), and the rows near to each column."""
    n = len(rows)
    every = np.arange(n)[:, None]
    return np.concatenate([(every * n + rows).ravel(), (columns * n + every).ravel()])


def _far(x: np.ndarray, y: np.ndarray, v: np.ndarray, turned: bool = False) -> np.ndarray:
    """The numbers of some entries that are further: those near to each point in every s-th of the others. A mode that
    has points too many sends them over these, which else takes many turns of near ones."""
    n, found = len(x), [np.empty(0, int)]
    for s in STRIDES:
        for r in range(s if n >= 2 * NEAR * s else 0):
            own, other = np.arange(r, n, s), np.arange((r + 1) % s, n, s)
            near = other[_dual(x[own], y[other], v[other], NEAR)[1]]
            found.append(((near * n + own[:, None]) if turned else (own[:, None] * n + near)).ravel())
    return np.concatenate(found)


def _by_simplex(i: np.ndarray, j: np.ndarray, cost: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Partners (n,) and the duals of the columns, of these entries alone; None where it does not come to its end."""
    pot()
    from ot.lp.emd_wrap import emd_c_sparse

    size = float(cost.max()) or 1.0
    ones = np.ones(n)
    sources, targets, mass, _, _, dual, code = emd_c_sparse(
        ones, ones, i.astype(np.uint64), j.astype(np.uint64), cost / size, 10**7
    )
    whole = mass > 0.5
    partner = np.zeros(n, int)
    partner[sources[whole].astype(int)] = targets[whole].astype(int)
    if code != 1 or len(np.unique(partner)) != n:
        return None
    return partner, np.asarray(dual) * size


def _tolerated(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> float:
    """The gap that proves a plan; below 0 where the tree's rounding could hide more than that."""
    some = slice(None, None, max(1, len(x) // SEEN))
    near = float(np.median(np.quantile(_costs(x[some, None], y) - u[some, None] - v, 0.1, axis=1)))
    largest = 2 * float((x**2).sum(1).max() + (y**2).sum(1).max()) + float(np.ptp(v))
    allowed = TOLERANCE * near * len(x)
    return allowed if ROUNDING * largest * len(x) <= allowed else -1.0
