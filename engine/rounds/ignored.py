"""What a learned v does not look at: t, or x."""

from __future__ import annotations

import numpy as np

from engine.fields.field import Field, evaluate
from engine.parts import Problem

LEAST = 0.02  # of its size: a v that spreads less over t, or over x, ignores it
PAIRS = 256
TIMES = np.linspace(0.05, 0.95, 13)


def ignored(v: Field, problem: Problem, truth: Field | None = None) -> str:
    """In a sentence; empty where v looks at both, or where the lines, or v* itself, leave nothing to look at.

    v is asked at X_s of the pairs, for all s, at all t. Its spread over t is the root of E Var_t v(X_s, t), that over x
    the root of the mean over t of Var v(X_t, t), its size the root of E|v(X_t, t)|².
    """
    x0, x1 = (np.asarray(x[:PAIRS], float) for x in (problem.x0, problem.x1))
    dx = x1 - x0
    if problem.one_step or len(x0) < 2 or dx.var(0).sum() < LEAST**2 * (dx**2).sum(1).mean():
        return ""
    found, right = shares(v, problem, x0, x1), {} if truth is None else shares(truth, problem, x0, x1)
    for name, share in found.items():
        if share < LEAST <= right.get(name, 1.0):
            return f"The net ignores {name}: its output spreads over {name} by {100 * share:.1g} % of its size."
    return ""


def shares(v: Field, problem: Problem, x0: np.ndarray, x1: np.ndarray) -> dict[str, float]:
    """The spread over t and that over x by the size; none where v is 0, or not finite."""
    times = TIMES.tolist()
    places = np.stack([np.asarray(problem.path.at(x0, x1, t)[0], float) for t in times])  # (k, n, d)
    every = places.reshape(-1, problem.dim)
    some = every[np.linspace(0, len(every) - 1, min(len(every), 2 * PAIRS)).astype(int)]
    with np.errstate(all="ignore"):
        over_t = np.stack([evaluate(v, some, t) for t in times]).var(0).sum(-1).mean()
        there = np.stack([evaluate(v, x, t) for x, t in zip(places, times, strict=True)])
        size, over_x = (there**2).sum(-1).mean(), there.var(1).sum(-1).mean()
    if not (np.isfinite([over_t, over_x, size]).all() and size > 0):
        return {}
    return {"t": float(np.sqrt(over_t / size)), "x": float(np.sqrt(over_x / size))}
