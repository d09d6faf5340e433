"""Assignments: which row of one cloud goes with which row of another, at least cost |x1 - x0|² or at most.

A partner array ``j`` (n,) says that row i of x0 goes with row j[i] of x1; it is always a permutation. Long work comes
as an iterator of slices that may be dropped at any time: shares done (floats), then the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np

from engine.matching.simplex import assigned
from engine.matching.sparse import LEAST, partners
from engine.matching.uninterruptible import aside
from engine.parts import Coupling, Distribution, knob

EXACT = 4096  # most points of one exact plan: half a second, but two to ten and 300 MB where it takes the whole matrix
ALONE = 256  # points of a plan that takes about a hundredth of a second: not worth a thread
Block = Annotated[
    int,
    knob(
        "block",
        2,
        EXACT,
        log=True,
        tip="Above 4,096 pairs: points per random block, each solved exactly. About 0.2 s for 2,048 points.",
    ),
]
Slices = Iterator[float | np.ndarray]


class Matching(Coupling):
    """A coupling that finds a row of x1 for every row of x0, in slices that may be given up."""

    costly = True

    def partners(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> Slices:
        """Yields the share done after each slice, and rows (n,) of x1 at the end."""
        raise NotImplementedError

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return x0, x1[last(self.partners(x0, x1, rng))]

    def steps(
        self, source: Distribution, target: Distribution, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator
    ) -> Iterator[float | tuple[np.ndarray, np.ndarray]]:
        for step in self.partners(x0, x1, rng):
            yield step if isinstance(step, float) else (x0, x1[step])


def last(slices: Iterator[Any]) -> Any:
    """The answer of work in slices."""
    *_, answer = slices
    return answer


def by_order(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Partners (n,) that give the k-th smallest of b (n,) to the k-th smallest of a (n,)."""
    partner = np.empty(len(a), int)
    partner[np.argsort(a, kind="stable")] = np.argsort(b, kind="stable")
    return partner


def exact(x0: np.ndarray, x1: np.ndarray, worst: bool = False) -> np.ndarray:
    """Partners (n,) of least total |x1 - x0|², or of the largest with ``worst``: exact.

    In 1-D sorting is the answer, elsewhere a network simplex, which lets go of the interpreter, and whose plan is
    proved by its duals. Raises Wrong if it stops short of the optimum.
    """
    sign = -1.0 if worst else 1.0
    if x0.shape[1] == 1:
        return by_order(x0[:, 0], sign * x1[:, 0])
    if not worst and len(x0) >= LEAST:
        found = partners(x0 - x0.mean(0), x1 - x1.mean(0))
        if found is not None:
            return found
    cost, _ = costs(x0, x1)
    return assigned(-cost if worst else cost)[0]


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


def within(x0: np.ndarray, x1: np.ndarray, size: int, rng: np.random.Generator, worst: bool = False) -> Slices:
    """Partners (n,) by an exact plan inside each random block of ``size`` points at most, in slices."""
    partner = np.empty(len(x0), int)
    blocks = split(len(x0), size, rng)
    for k, (i, j) in enumerate(blocks):
        if len(i) <= ALONE and (k or x0.shape[1] == 1):  # the first one may have to import the solver
            found = exact(x0[i], x1[j], worst)
        else:
            for step in aside(lambda i=i, j=j: exact(x0[i], x1[j], worst)):
                if step is None:
                    yield k / len(blocks)
                else:
                    (found,) = step
        partner[i] = j[found]
        yield (k + 1) / len(blocks)
    yield partner


def block_size(n: int, dim: int, block: int) -> int:
    """Most points of one plan of ``blockwise``: all of them up to ``EXACT`` and in 1-D."""
    return n if dim == 1 or n <= EXACT else block


def blockwise(x0: np.ndarray, x1: np.ndarray, block: int, rng: np.random.Generator, worst: bool = False) -> Slices:
    """Partners (n,) exactly for up to ``EXACT`` points and in 1-D; above that exactly inside random blocks."""
    return within(x0, x1, block_size(len(x0), x0.shape[1], block), rng, worst)


def blocks_said(n: int, dim: int, block: int) -> str:
    """How exact ``blockwise`` is, in a few words."""
    if dim == 1:
        return "exact, by sorting"
    inside = split_said("blocks", n, block_size(n, dim, block))
    return f"exact inside {inside}" if inside else f"exact, one plan for all {n:,}"


def split_said(noun: str, n: int, size: int) -> str:
    """Number and size of the parts that ``split`` makes, ``4 blocks of 2,048``; empty where there is only one."""
    count = -(-n // size)
    return f"{count:,} {noun} of {-(-n // count):,}" if count > 1 else ""


def costs(x0: np.ndarray, x1: np.ndarray) -> tuple[np.ndarray, float]:
    """|x1 - x0|² of every pair, (n, n), of the clouds moved to one centre, and their squared distance before.

    The move changes every permutation's cost by the same amount, and keeps digits where the clouds are far apart.
    """
    from scipy.spatial.distance import cdist

    centre0, centre1 = x0.mean(0), x1.mean(0)
    return cdist(x0 - centre0, x1 - centre1, "sqeuclidean"), float(((centre1 - centre0) ** 2).sum())
