"""Points of a stroke: on the page where it was drawn, then in R^dim."""

from __future__ import annotations

import numpy as np

from engine.laws.outlines import ball, in_polygon, near, on_ellipse, on_line
from engine.laws.shapes import embed
from engine.laws.stroke import Stroke
from engine.reading.letters import letters

TRIES = 200  # portions of points, until one that is not erased has come


def scatter(stroke: Stroke, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """``n`` points (n, dim), erased ones among them, and which of them stay (n,)."""
    solid = dim == 3 and stroke.coordinates == 2
    if solid and stroke.body == "revolved":
        x, stays = _revolved(stroke, n, rng)
        return _placed(stroke, x), stays
    x = _drawn(stroke, n, rng, solid)
    stays = kept(stroke, x[:, : stroke.coordinates])
    if not solid:
        return embed(x, dim), stays
    if x.shape[1] == 2:
        x = np.column_stack([x, _lift(stroke, n, rng)])
    return _placed(stroke, x), stays


def kept(stroke: Stroke, x: np.ndarray) -> np.ndarray:
    """Which points (n, k) of the page lie in no hole."""
    stays = np.ones(len(x), bool)
    for width, *places in stroke.holes:
        stays &= near(x, np.reshape(places, (-1, x.shape[1]))) > width / 2
    return stays


def _drawn(stroke: Stroke, n: int, rng: np.random.Generator, solid: bool) -> np.ndarray:
    """On the page (n, k), or with a third coordinate where a round body has one by itself."""
    corners, k = stroke.corners, stroke.coordinates
    rounded = solid and stroke.body == "round"
    if stroke.shape == "area":
        return in_polygon(corners, n, rng)
    if stroke.shape == "disc":
        axes = corners[1:] - corners[0]
        if not rounded:
            return corners[0] + ball(n, 2, rng) @ axes
        x = ball(n, 3, rng)
        return np.column_stack([corners[0] + x[:, :2] @ axes, x[:, 2] * np.linalg.norm(axes, axis=1).mean()])
    if stroke.shape == "text":
        return corners[0] + letters(stroke.text, stroke.font).scatter(n, rng) @ (corners[1:] - corners[0])
    if stroke.shape == "stamp":
        return corners[0] + stroke.law.sample(n, k, rng) @ (corners[1:] - corners[0])
    if stroke.shape == "rim":
        x = corners[0] + on_ellipse(*(corners[1:] - corners[0]), n, rng)
    else:
        x = on_line(corners, np.asarray(stroke.along, float), n, rng)
    if rounded:
        x = np.column_stack([x, np.zeros(n)])
    return x + stroke.width / 2 * ball(n, x.shape[1], rng) if stroke.width else x


def _lift(stroke: Stroke, n: int, rng: np.random.Generator) -> np.ndarray:
    """Beside the page (n,)."""
    if stroke.body == "flat":
        return np.zeros(n)
    return stroke.depth * (rng.random(n) - (0.0 if stroke.body == "extruded" else 0.5))


def _revolved(stroke: Stroke, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Turned about the second axis by a uniform angle. What is far from the axis goes a longer way and gets as much
    more: (x, y) with a density in proportion to p(x, y) |x|."""
    found, have, most = [], 0, _reach(stroke)
    for _ in range(TRIES):
        x = _drawn(stroke, max(256, 2 * (n - have)), rng, False)
        x = x[rng.random(len(x)) * most < np.abs(x[:, 0])] if most > 0 else x
        found.append(x)
        have += len(x)
        if have >= n:
            break
    xy = np.concatenate(found)
    xy = xy[np.arange(n) % len(xy)]
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.column_stack([xy[:, 0] * np.cos(angle), xy[:, 1], xy[:, 0] * np.sin(angle)]), kept(stroke, xy)


def _reach(stroke: Stroke) -> float:
    """How far from the second axis it goes; of letters and stamps as far as most of them do."""
    corners = stroke.corners
    if stroke.shape in ("disc", "rim"):
        far = abs(corners[0, 0]) + float(np.hypot(*(corners[1:, 0] - corners[0, 0])))
    elif stroke.shape in ("line", "area"):
        far = float(np.abs(corners[:, 0]).max())
    else:
        return float(np.abs(_drawn(stroke, 4096, np.random.default_rng(0), False)[:, 0]).max())
    return far + (stroke.width / 2 if stroke.shape in ("line", "rim") else 0.0)


def _placed(stroke: Stroke, x: np.ndarray) -> np.ndarray:
    """Places of the work plane (n, 3), the third beside it, in space."""
    if not stroke.plane:
        return x
    origin, first, second = np.reshape(stroke.plane, (3, 3))
    return origin + x @ np.stack([first, second, np.cross(first, second)])
