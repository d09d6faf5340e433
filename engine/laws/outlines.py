"""Uniform points along polylines and inside polygons, exactly: by inversion, without a rejected one."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from engine.parts import Wrong

MOST_CROSSINGS = 20_000  # of a polygon with itself
ROUND = 360  # corners of an ellipse whose length is asked for
FLAT = 1e-12  # of the square of its extent: a polygon with less area than that is its outline


def ramp(u: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where the share ``u`` of a density that runs straight from a at 0 to b at 1 is reached."""
    root = a + np.sqrt(np.maximum(a * a + u * (b * b - a * a), 0.0))
    return np.where(root > 0, u * (a + b) / np.where(root > 0, root, 1.0), u)


def chosen(mass: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Which of these masses each ``u`` in [0, 1) falls on; one without mass never."""
    ends = np.cumsum(mass)
    return np.minimum(np.searchsorted(ends, u * ends[-1], side="right"), np.flatnonzero(mass)[-1])


def on_line(corners: np.ndarray, along: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` points (n, k) on a polyline, uniform in length or as dense as ``along`` (m,) says at its corners, straight
    in between. One without length is its corners."""
    steps = np.diff(corners, axis=0)
    size = np.linalg.norm(steps, axis=1)
    even = not len(along) or not (size * (along[1:] + along[:-1])).any()
    dense = np.ones(len(corners)) if even else along / along.max()
    mass = size * (dense[1:] + dense[:-1]) / 2
    if not mass.any():
        return corners[rng.integers(len(corners), size=n)]
    which = chosen(mass, rng.random(n))
    share = ramp(rng.random(n), dense[which], dense[which + 1])
    return corners[which] + share[:, None] * steps[which]


def in_polygon(corners: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` points (n, 2), uniform where a ray to the outside crosses the outline an odd number of times. A polygon
    without area is its outline."""
    return from_slabs(slabs(corners.tobytes()), corners, n, rng)


def from_slabs(pieces: np.ndarray, corners: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    low, high, left, right, left2, right2 = pieces.T
    area = (high - low) * (right - left + right2 - left2) / 2
    if area.sum() <= FLAT * float(np.ptp(corners, axis=0).max()) ** 2:
        return on_line(np.concatenate([corners, corners[:1]]), np.zeros(0), n, rng)
    k = chosen(area, rng.random(n))
    share = ramp(rng.random(n), (right - left)[k], (right2 - left2)[k])
    start, end = left[k] + share * (left2 - left)[k], right[k] + share * (right2 - right)[k]
    return np.column_stack([start + rng.random(n) * (end - start), low[k] + share * (high - low)[k]])


@lru_cache(maxsize=64)
def slabs(corners: bytes) -> np.ndarray:
    """The polygon of these corners cut into trapezoids (m, 6): from y to y, and left and right end at both.

    Raises Wrong for one that crosses itself too often.
    """
    a = np.frombuffer(corners).reshape(-1, 2)
    b = np.roll(a, -1, axis=0)
    sloped = a[:, 1] != b[:, 1]
    a, b = a[sloped], b[sloped]
    up = (a[:, 1] < b[:, 1])[:, None]
    low, high = np.where(up, a, b), np.where(up, b, a)
    if not len(low):
        return np.zeros((0, 6))
    ys = np.unique(np.concatenate([low[:, 1], high[:, 1], _crossings(low, high)]))
    slope = (high[:, 0] - low[:, 0]) / (high[:, 1] - low[:, 1])
    made = []
    for y0, y1 in pairwise(ys):
        there = (low[:, 1] <= y0) & (high[:, 1] >= y1)
        x0, x1 = (low[there, 0] + slope[there] * (y - low[there, 1]) for y in (y0, y1))
        order = np.argsort(x0 + x1, kind="stable")
        x0, x1 = x0[order], x1[order]
        pairs = np.stack([x0[:-1:2], x0[1::2], x1[:-1:2], x1[1::2]], 1)
        made.append(np.column_stack([np.full(len(pairs), y0), np.full(len(pairs), y1), pairs]))
    pieces = np.concatenate(made) if made else np.zeros((0, 6))
    pieces[:, 3] = np.maximum(pieces[:, 2], pieces[:, 3])  # rounding
    pieces[:, 5] = np.maximum(pieces[:, 4], pieces[:, 5])
    return pieces


def _crossings(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The second coordinates of places where edges cross each other inside."""
    found, total = [], 0
    step = high - low
    for k in range(len(low) - 1):
        other, way, gap = step[k + 1 :], step[k], low[k + 1 :] - low[k]
        turn = way[0] * other[:, 1] - way[1] * other[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            s = (gap[:, 0] * other[:, 1] - gap[:, 1] * other[:, 0]) / turn
            t = (gap[:, 0] * way[1] - gap[:, 1] * way[0]) / turn
            inside = (s > 0) & (s < 1) & (t > 0) & (t < 1)
        found.append(low[k, 1] + s[inside] * way[1])
        total += int(inside.sum())
        if total > MOST_CROSSINGS:
            raise Wrong("points", f"cross themselves more than {MOST_CROSSINGS:,} times; draw a simpler outline")
    return np.concatenate(found) if found else np.zeros(0)


def ball(n: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` uniform points (n, k) of the unit ball."""
    x = rng.standard_normal((n, k))
    size = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(size > 0, size, 1.0) * rng.random((n, 1)) ** (1 / k)


def on_ellipse(first: np.ndarray, second: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` points (n, 2) on the outline cos(a) first + sin(a) second, uniform in length to 5 digits."""
    angle = np.linspace(0, 2 * np.pi, ROUND + 1)
    speed = np.linalg.norm(-np.sin(angle)[:, None] * first + np.cos(angle)[:, None] * second, axis=1)
    if not speed.any():
        return np.zeros((n, 2))
    mass = (speed[1:] + speed[:-1]) / 2
    which = chosen(mass, rng.random(n))
    at = angle[which] + ramp(rng.random(n), speed[which], speed[which + 1]) * angle[1]
    return np.cos(at)[:, None] * first + np.sin(at)[:, None] * second


def near(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Distance (n,) of points (n, k) from a polyline (m, k)."""
    least = np.linalg.norm(x - places[0], axis=1)
    for a, b in pairwise(places):
        way = b - a
        length = float(way @ way)
        s = np.clip((x - a) @ way / length, 0, 1)[:, None] if length > 0 else 0.0
        np.minimum(least, np.linalg.norm(x - a - s * way, axis=1), out=least)
    return least
