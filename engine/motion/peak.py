"""Where a function of t is largest, also between the nodes at which it is looked at first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

TURNS = 64  # of the sharpest ones, which are looked at closely
CLOSER = 32  # times as fine, at each of ``LOOKS`` looks
LOOKS = 8


def peak(f: Callable[[np.ndarray], np.ndarray], nodes: np.ndarray) -> tuple[float, float]:
    """(t, f(t)) where |f| is largest. ``nodes`` (n,) rise; f takes times (k,).

    Near a pole f turns, however narrow it is: so each node where f turns is looked at closely, and what grows there
    without bound is found. What has no value is left out.
    """
    values = f(nodes)
    bend = np.abs(np.diff(values, 2))
    bend[np.isnan(bend)] = np.inf
    turns = 1 + np.flatnonzero(np.diff(values[:-1]) * np.diff(values[1:]) <= 0)
    turns = turns[np.argsort(-bend[turns - 1], kind="stable")[:TURNS]]
    best = [(nodes, values)]
    low, high = nodes[turns - 1], nodes[turns + 1]
    for _ in range(LOOKS if len(turns) else 0):
        t = low + np.linspace(0, 1, 2 * CLOSER + 1)[:, None] * (high - low)  # (looks, turns)
        found = f(t.ravel()).reshape(t.shape)
        best.append((t.ravel(), found.ravel()))
        k = np.nanargmax(np.where(np.isnan(found), -1.0, np.abs(found - found[0])), 0)  # where it leaves its edge most
        column = np.arange(len(turns))
        low, high = t[np.maximum(k - 1, 0), column], t[np.minimum(k + 1, len(t) - 1), column]
    times, values = (np.concatenate(each) for each in zip(*best, strict=True))
    at = int(np.argmax(np.where(np.isnan(values), -1.0, np.abs(values))))
    return float(times[at]), float(values[at])
