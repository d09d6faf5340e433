"""Figures that are not plain means, with their standard errors; distances between clouds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Pairs, assignment_costs, mean, mean_of_blocks
from engine.motion.stopping import Stop, never

KEPT = 512  # costs between clouds
DIRECTIONS = {2: 24, 3: 48}


def largest(values: np.ndarray) -> Estimate:
    """The largest of n values, with the standard deviation of such a maximum: pi / sqrt(12) of the gap below it.

    The root of the mean square gap between the two largest is sqrt(2) times the scale of the maximum's Gumbel law, and
    nearly as large beside the spread of a maximum where the values have a bound, or a heavy tail. Blocks of the
    values share their maximum with the whole, and tell too little of how it varies.
    """
    second, first = np.partition(values, len(values) - 2)[-2:] if len(values) > 1 else (values[0], values[0])
    return Estimate(float(first), float(np.pi / np.sqrt(12) * (first - second)), len(values))


def root_mean(squares: np.ndarray) -> Estimate:
    """Root of the mean over particles started from ``Evidence.start``, with the error of its blocks: of the mean, for
    roots of blocks hide that few particles may be far off."""
    whole = mean_of_blocks(squares)
    root = math.sqrt(whole.value)
    return Estimate(root, whole.error / (2 * root) if root > 0 else 0.0, len(squares))


def quantile(values: np.ndarray, share: float) -> Estimate:
    """The quantile over particles started from ``Evidence.start``. How the share below it varies from block to block
    tells between which quantiles it lies; those of a block itself would be of too few values."""
    found = float(np.quantile(values, share))
    off = mean_of_blocks((values <= found).astype(float)).error
    low, high = np.quantile(values, [max(0.0, share - off), min(1.0, share + off)])
    return Estimate(found, float(high - low) / 2, len(values))


def directions(dim: int) -> np.ndarray:
    """Evenly spread lines through the origin: unit vectors (k, dim)."""
    if dim == 1:
        return np.ones((1, 1))
    k = np.arange(DIRECTIONS[dim]) + 0.5
    if dim == 2:
        angle = np.pi * k / len(k)
        return np.stack([np.cos(angle), np.sin(angle)], -1)
    height, angle = k / len(k), np.pi * (3 - np.sqrt(5)) * k  # a golden spiral over half the sphere
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), height], -1)


def sliced_w2(x: np.ndarray, y: np.ndarray) -> float:
    """Root of the mean of W2² over directions, between the projections of two clouds (n, d) of one size.

    In 1-D it is W2 itself; a shift by s gives |s|/sqrt(d).
    """
    along = directions(x.shape[1]).T
    return float(np.sqrt(((np.sort(x @ along, 0) - np.sort(y @ along, 0)) ** 2).mean()))


def rooted(square: Estimate) -> Estimate:
    """The root of a squared distance."""
    root = float(np.sqrt(max(0.0, square.value)))
    return Estimate(root, square.error / (2 * root) if root > 0 else 0.0, square.n)


_found: dict[bytes, float] = {}  # costs between clouds of the source and of the target: the same in all rounds


def costs_once(clouds: Sequence[Pairs], stop: Stop = never) -> list[float]:
    """W2² between each two clouds (n, d) that other rounds ask for, too. Raises Stopped."""
    keys = [blake2b(x.tobytes() + y.tobytes()).digest() for x, y in clouds]
    new = {key: pair for key, pair in zip(keys, clouds, strict=True) if key not in _found}
    known = {key: _found[key] for key in keys if key in _found}
    known |= zip(new, assignment_costs(list(new.values()), stop), strict=True)
    if len(_found) + len(new) > KEPT:
        _found.clear()
    _found.update(known)
    return [known[key] for key in keys]


def repeated(found: Iterable[float], n: int) -> Estimate:
    """Mean over draws of clouds of ``n`` points: how it varies from draw to draw is its error. Parts of one draw
    would not tell: they share how many of its points are in each mode."""
    return replace(mean(np.array(list(found))), n=n)
