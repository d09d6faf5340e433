"""Large assignments of |x1 - x0|² by few of their entries: the partners that are near, and then those that were missed.

The first duals are those of a coarse plan, between the means of cells of four points: cells hold how much mass is
where, which a part of the points would tell with its own noise. The network simplex solves the problem of the entries
that are near at these duals; its own tell which others would lower the cost, and they are added until none is left.
The proof is the one of ``simplex.assigned``: the duals bound how far the plan lies above the least cost. No (n, n)
matrix is kept: a search tree finds the nearest, for |x - y|² - v is the squared distance of (x, 0) to (y, √(max v - v))
but for a constant, and a sweep over all entries in float32 those within a bound.
"""

from __future__ import annotations

import numpy as np

from engine.matching.simplex import ROUNDING, TOLERANCE, assigned, pot

LEAST = 640  # points from which it is faster than the whole matrix
SMALL = 384  # points of a coarse plan that is solved by the whole matrix
CELL = 4  # points
NEAR = 6  # entries of each point to begin with
MORE = 12  # that are added to each point at a time, where they cannot be swept
SWEPT = 8  # entries of a typical point that a sweep finds
CROWDED = 4  # times as many: equal costs, as of points that are there twice
STRIDES = (8, 64)  # of further entries
TURNS = 24
SEEN = 64  # rows that tell what a near partner costs
LEAF = 48  # points of a leaf of the search tree
AT_ONCE = 2**16  # entries of a sweep looked at together: they stay in the cache
FINE = 8 * np.finfo(np.float32).eps  # rounding of a sweep, of the terms of a cost


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
    (cells, coarse), (others, means) = _cells(x), _cells(y)
    part = solved(coarse, means)
    if part is None:
        return None
    every = np.arange(n)
    v, _ = _dual(y, coarse, part[1], 1)
    u, rows = _dual(x, y, v, NEAR)
    v, columns = _dual(y, x, u, NEAR)
    reach, tolerated = _reach(x, y, u, v), _tolerated(x, y, u, v)
    partner, gap = every.copy(), np.inf  # one permutation: with it there is a plan
    partner[cells.ravel()] = others[part[0]].ravel()
    entries = np.concatenate([_entries(rows, columns), _far(x, y, v), _far(y, x, u, turned=True)])
    for _ in range(TURNS):
        entries = _unique(np.concatenate([entries, every * n + partner]))
        i, j = np.divmod(entries, n)
        cost = np.maximum(_costs(x[i], y[j]) - u[i] - v[j], 0.0)
        kept = (cost <= gap) | (j == partner[i])  # no entry above the gap is in a better plan
        entries, i, j, cost = entries[kept], i[kept], j[kept], cost[kept]
        found = _by_simplex(i, j, cost, n)
        if found is None:
            return None
        partner, v = found[0], v + found[1]
        u, new = _missed(x, y, v, reach)
        gap = float((_costs(x, y[partner]) - u - v[partner]).sum())
        if gap <= tolerated and gap <= _tolerated(x, y, u, v):  # the second one costs as much as a sweep
            return partner, u, v
        entries = np.concatenate([entries, new])
    return None


def _costs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return ((x - y) ** 2).sum(-1)


def _cells(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows (n // 4, 4) of cells of four points each, and their means (n // 4, d): halves along the longest side of
    each part, and so on."""
    count = len(x) // CELL
    order, cells = np.arange(count * CELL), np.array([count])
    while cells.max() > 1:
        points, begun = x[order], np.cumsum(CELL * cells) - CELL * cells
        longest = (np.maximum.reduceat(points, begun) - np.minimum.reduceat(points, begun)).argmax(1)
        part = np.repeat(np.arange(len(cells)), CELL * cells)
        order = order[np.lexsort((points[np.arange(len(order)), longest[part]], part))]
        cells = np.column_stack([cells - cells // 2, cells // 2]).ravel()
        cells = cells[cells > 0]
    order = order.reshape(count, CELL)
    return order, x[order].mean(1)


def _dual(x: np.ndarray, y: np.ndarray, v: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """min_j |x - y_j|² - v_j at each of x (n, d), and the k rows of y (n, k) where that is least."""
    from scipy.spatial import cKDTree

    lifted = np.column_stack([y, np.sqrt(v.max() - v)])
    tree = cKDTree(lifted, leafsize=LEAF, balanced_tree=False, compact_nodes=False)
    near = tree.query(np.column_stack([x, np.zeros(len(x))]), k)[1].reshape(len(x), k)
    return (_costs(x[:, None], y[near]) - v[near]).min(1), near


def _reach(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> float:
    """The reduced cost below which a typical point has ``SWEPT`` entries; 0 where it has many that cost the same."""
    some = slice(None, None, max(1, len(x) // SEEN))
    cost = _costs(x[some, None], y) - u[some, None] - v
    reach = float(np.median(np.partition(cost, SWEPT, axis=1)[:, SWEPT]))
    return reach if (cost <= reach).sum(1).mean() <= CROWDED * SWEPT else 0.0


def _missed(x: np.ndarray, y: np.ndarray, v: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """min_j |x - y_j|² - v_j at each of x (n, d), and the numbers of entries that are at most ``reach`` above it; of
    the ``MORE`` nearest where float32 cannot tell, or there would be too many.

    What float32 says is wrong by less than ``off``, so the least is among the entries found, whose costs are exact.
    """
    n = len(x)
    shift = (y**2).sum(1) - v
    off = float(FINE * (2 * np.abs(x).max(0) @ np.abs(y).max(0) + np.abs(shift).max()))
    if 2 * off >= reach:
        u, rows = _dual(x, y, v, MORE)
        return u, (np.arange(n)[:, None] * n + rows).ravel()
    left = np.column_stack([-2 * x, np.ones(n)]).astype(np.float32)
    right = np.vstack([y.T, shift]).astype(np.float32)
    size, found, many = max(1, AT_ONCE // n), [], 0
    for k in range(0, n, size):
        cost = left[k : k + size] @ right
        found.append(k * n + np.flatnonzero(cost <= cost.min(1, keepdims=True) + np.float32(reach)))
        many += len(found[-1])
        if many > 2 * CROWDED * SWEPT * n:
            return _missed(x, y, v, 0.0)
    entries = np.concatenate(found)
    i, j = np.divmod(entries, n)
    return np.minimum.reduceat(_costs(x[i], y[j]) - v[j], np.searchsorted(i, np.arange(n))), entries


def _unique(entries: np.ndarray) -> np.ndarray:
    entries.sort()
    return entries[np.append(True, entries[1:] != entries[:-1])]


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
