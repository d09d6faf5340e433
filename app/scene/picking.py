"""Which particle is meant by a place of the screen, or by a line around some: from the marks that know whose they are.

``on_screen`` brings places of the marks (..., 2 or 3) to px (..., 2) and says how near the eye they are (...).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from app.scene.marks import Arrows, Lines, Panel, Points

OnScreen = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
REACH = 12.0  # px
ALIKE = 3.0  # px: of what is as far as that from the cursor the front one is meant, and a dot rather than a line
PIECES = 9  # of a line, which is bent on the page of a camera


def nearest(panel: Panel, on_screen: OnScreen, at: tuple[float, float], reach: float = REACH) -> int:
    """The number of the particle that is drawn next to this place (px), by its dot, its line or its trajectory; -1."""
    best, found = (np.inf,), -1
    for rank, mark in enumerate(_known(panel)):
        places, near = _traces(mark, on_screen)
        away, front = _away(places, near, np.asarray(at, float))
        for k in np.flatnonzero(away <= reach).tolist():
            key = (int(away[k] / ALIKE), not isinstance(mark, Points), -round(float(front[k]), 2), away[k], rank)
            if key < best:
                best, found = key, int(mark.who[k])
    return found


def inside(panel: Panel, on_screen: OnScreen, corners: np.ndarray) -> tuple[int, ...]:
    """The numbers of all particles of which anything drawn lies within the polygon (m, 2), px."""
    found: set[int] = set()
    for mark in _known(panel):
        places, _ = _traces(mark, on_screen)
        n, m, _ = places.shape
        caught = within(places.reshape(-1, 2), np.asarray(corners, float)).reshape(n, m).any(1)
        found |= set(np.asarray(mark.who)[caught].tolist())
    return tuple(sorted(found))


def within(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Whether points (n, 2) lie within a polygon (m, 2), by the even-odd rule: (n,)."""
    odd = np.zeros(len(points), bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, 0), strict=True):
            between = (y0 > points[:, 1]) != (y1 > points[:, 1])
            odd ^= between & (points[:, 0] < (x1 - x0) * (points[:, 1] - y0) / (y1 - y0) + x0)
    return odd


def _known(panel: Panel) -> Iterator[Points | Lines | Arrows]:
    for mark in panel.marks:
        if isinstance(mark, Points | Lines | Arrows) and mark.who is not None and len(mark.who):
            yield mark


def _traces(mark: Points | Lines | Arrows, on_screen: OnScreen) -> tuple[np.ndarray, np.ndarray]:
    """Each one's polyline in px (n, m, 2), and how near it is (n, m); a dot has m = 1."""
    xy = np.asarray(mark.xy)
    if isinstance(mark, Points):
        xy = xy[:, None]
    elif isinstance(mark, Arrows):
        xy = np.stack([xy, xy + np.asarray(mark.uv)], 1)
    if xy.shape[1] == 2:
        share = np.linspace(0, 1, PIECES)[:, None]
        xy = xy[:, :1] + share * (xy[:, 1:] - xy[:, :1])
    return on_screen(xy)


def _away(places: np.ndarray, near: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each polyline (n, m, 2) comes from a place, and how near the eye it is there, (n,) both."""
    n, m, _ = places.shape
    if m == 1:
        away = np.linalg.norm(places[:, 0] - at, axis=-1)
        return np.nan_to_num(away, nan=np.inf), near[:, 0]
    a, along = places[:, :-1] - at, np.diff(places, axis=1)
    share = np.clip(-(a * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12), 0, 1)
    away = np.nan_to_num(np.linalg.norm(a + share[..., None] * along, axis=-1), nan=np.inf)
    k = away.argmin(1)
    rows = np.arange(n)
    return away[rows, k], near[rows, k]
