"""Marks in the unit ball as capsules: numbers that a graphics processor draws, one quad each, in order of depth."""

from __future__ import annotations

import numpy as np

from app.canvas.painter import inks
from app.scene.flat import pieces
from app.scene.marks import Arrows, Lines, Mark, Points
from app.theme import Theme

LINE, DISC, RING, CROSS, HEAD = range(5)
#: From ``a`` to ``b`` in the unit ball, ``half_width`` there in px.
CAPSULE = np.dtype([("a", "f4", 3), ("b", "f4", 3), ("half_width", "f4", 2), ("colour", "f4", 4), ("kind", "f4")])
SHAPES = {"o": DISC, "ring": RING, "x": CROSS}
SHAFT = 0.72  # of an arrow; the rest is its head
HEAD_WIDTH = 3.2  # of its shaft's


def capsules(marks: tuple[Mark, ...], theme: Theme) -> np.ndarray:
    """All that can be drawn in space, in the order of the marks, (n,) of ``CAPSULE``; what is not finite is left out.

    A raster or a curve has no place in space, and words are painted over it.
    """
    made = [_made(mark, theme) for mark in marks if isinstance(mark, (Points, Lines, Arrows))]
    found = np.concatenate(made) if made else np.zeros(0, CAPSULE)
    return found[np.isfinite(found["a"]).all(1) & np.isfinite(found["b"]).all(1)]


def _made(mark: Points | Lines | Arrows, theme: Theme) -> np.ndarray:
    match mark:
        case Points():
            xyz = np.asarray(mark.xy, np.float32)
            return _filled(xyz, xyz, theme.point(mark.size) / 2, _colours(mark, theme, len(xyz)), SHAPES[mark.shape])
        case Arrows():
            start, step = np.asarray(mark.xy, np.float32), np.asarray(mark.uv, np.float32)
            half, colour = theme.line(mark.width) / 2, _colours(mark, theme, len(start))
            neck, tip = start + SHAFT * step, start + step
            shaft, head = _filled(start, neck, half, colour, LINE), _filled(neck, tip, HEAD_WIDTH * half, colour, HEAD)
            head["half_width"][:, 1] = 0.0
            return np.concatenate([shaft, head])
        case Lines():
            xyz = np.asarray(pieces(mark).xy, np.float32)
            if xyz.ndim != 3 or xyz.shape[1] < 2:
                return np.zeros(0, CAPSULE)
            n, m, _ = xyz.shape
            colour = np.repeat(_colours(mark, theme, n)[:, None], m - 1, 1)
            if mark.ink_end and mark.shade is None:
                end, share = _rgba(theme.ink(mark.ink_end), mark.alpha), (np.arange(m - 1) + 0.5) / (m - 1)
                colour = colour + share[:, None] * (end - colour)
            start, end, colour = (x.reshape(-1, x.shape[-1]) for x in (xyz[:, :-1], xyz[:, 1:], colour))
            return _filled(start, end, theme.line(mark.width) / 2, colour, LINE)


def _filled(a: np.ndarray, b: np.ndarray, half: float, colour: np.ndarray, kind: int) -> np.ndarray:
    made = np.empty(len(a), CAPSULE)
    made["a"], made["b"], made["half_width"], made["colour"], made["kind"] = a, b, half, colour, kind
    return made


def _colours(mark: Points | Lines | Arrows, theme: Theme, n: int) -> np.ndarray:
    """(n, 4), each from 0 to 1."""
    made = np.empty((n, 4), np.float32)
    for ink, rows in inks(mark, theme):
        made[rows] = ink.getRgbF()
    return made


def _rgba(ink: str, alpha: float) -> np.ndarray:
    return np.array([*(int(ink[k : k + 2], 16) / 255 for k in (1, 3, 5)), alpha], np.float32)
