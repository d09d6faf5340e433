"""Strokes and dots of a sketch that are chosen: what is under the cursor, the frame around them, moved as one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.sketch.sketch import Sketch, sampled
from app.tools.tool import Place

SEEN = 400  # points of a stroke that stand for it
NEAR = 7.0  # px from one of them
GRIP = 10.0  # px around a corner, or the knob
ARM = 26.0  # px from the frame to the knob
PAD = 6.0  # px between the frame and what is in it


def on_page(canvas: Sketch, x: np.ndarray, t: float) -> np.ndarray:
    """Places (n, d) as they are seen, (n, 2)."""
    if canvas.ball is not None:
        return canvas.camera.seen(canvas.ball.inside(x))[0]
    if canvas.flat:
        return np.column_stack([np.full(len(x), t), x[:, 0]])
    return x[:, :2]


def under(canvas: Sketch, at: Place, t: float) -> tuple[int, int]:
    """The topmost stroke at this place, and the nearest dot; -1 for none."""
    for k in range(len(canvas.strokes) - 1, -1, -1):
        px = (on_page(canvas, sampled(canvas.strokes[k], canvas.dim, SEEN), t) - at) / canvas.unit
        px = px[:, 1:] if canvas.flat else px
        if len(px) and away(px).min() <= NEAR:
            return k, -1
    if len(canvas.rows):
        px = (on_page(canvas, canvas.rows[:, : canvas.dim], t) - at) / canvas.unit
        px = px[:, 1:] if canvas.flat else px
        far = away(px)
        if far.min() <= NEAR:
            return -1, int(far.argmin())
    return -1, -1


def away(px: np.ndarray) -> np.ndarray:
    """How far (n,) places on the page are; those behind the eye are nowhere."""
    return np.nan_to_num(np.linalg.norm(px, axis=1), nan=np.inf)


def lassoed(canvas: Sketch, corners: np.ndarray, t: float) -> Sketch:
    """With those strokes chosen of which most is inside the outline (n, 2) on the page, and the dots that are."""

    def inside(x: np.ndarray) -> np.ndarray:
        page = on_page(canvas, x, t)
        if canvas.flat:
            return (page[:, 1] >= corners[:, 1].min()) & (page[:, 1] <= corners[:, 1].max())
        return within(page, corners)

    seen = [sampled(stroke, canvas.dim, SEEN) for stroke in canvas.strokes]
    chosen = frozenset(k for k, x in enumerate(seen) if len(x) and inside(x).mean() > 0.5)
    return replace(canvas, chosen=chosen, picked=np.flatnonzero(inside(canvas.rows[:, : canvas.dim])))


def within(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which points (n, 2) lie inside a polygon (m, 2), by the even-odd rule."""
    odd = np.zeros(len(points), bool)
    x, y = points.T
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if a[1] != b[1]:
            odd ^= ((a[1] > y) != (b[1] > y)) & (x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
    return odd


def held(canvas: Sketch) -> np.ndarray:
    """Points (n, d) of all that is chosen."""
    parts = [sampled(canvas.strokes[k], canvas.dim, SEEN) for k in sorted(canvas.chosen)]
    parts.append(canvas.rows[canvas.picked, : canvas.dim])
    return np.concatenate(parts)


def local(canvas: Sketch, x: np.ndarray) -> np.ndarray:
    """Places (n, d) on the work plane, (n, 2); on the line (n, 1)."""
    if canvas.dim < 3:
        return x
    origin, first, second, _ = canvas.axes
    return (x - origin) @ np.stack([first, second]).T


def rim(canvas: Sketch) -> tuple[np.ndarray, np.ndarray] | None:
    """The corners of the frame around what is chosen, on the work plane: low and high (k,). None where nothing is."""
    x = held(canvas)
    if not len(x):
        return None
    flat, pad = local(canvas, x), PAD * canvas.step
    return flat.min(0) - pad, flat.max(0) + pad


def handles(canvas: Sketch) -> tuple[tuple[str, np.ndarray], ...]:
    """What a press can take hold of: (grip, place on the work plane)."""
    found = rim(canvas)
    if found is None:
        return ()
    low, high = found
    if canvas.flat:
        return ("scale", low), ("scale", high)
    corners = tuple(("scale", np.array([x, y])) for x in (low[0], high[0]) for y in (low[1], high[1]))
    return (*corners, ("turn", np.array([(low[0] + high[0]) / 2, high[1] + ARM * canvas.step])))


def moved(canvas: Sketch, matrix: np.ndarray, centre: np.ndarray, step: np.ndarray) -> Sketch:
    """What is chosen under x -> matrix (x - centre) + centre + step on the work plane, where all of them are (k, k) and
    (k,). In space it scales beside the plane, too."""
    dim = canvas.dim
    if dim == 3:
        origin, *axes = canvas.axes
        basis, three = np.stack(axes), np.eye(3)
        three[:2, :2] = matrix
        three[2, 2] = abs(float(np.linalg.det(matrix))) ** 0.5
        matrix = basis.T @ three @ basis
        centre, step = origin + centre @ basis[:2], step @ basis[:2]
    shift = centre + step - matrix @ centre
    strokes = tuple(s.carried(matrix, shift) if k in canvas.chosen else s for k, s in enumerate(canvas.strokes))
    rows = canvas.rows
    if len(canvas.picked):
        rows = rows.copy()
        rows[canvas.picked, :dim] = np.round(rows[canvas.picked, :dim] @ matrix.T + shift, 6)
    return replace(canvas, strokes=strokes, rows=rows)
