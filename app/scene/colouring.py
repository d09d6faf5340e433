"""What colour a particle has: the same one everywhere, on its line, its trajectory, and itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.scene.known import pairs
from app.scene.look import Look
from app.scene.marks import Palette
from app.scene.memo import once
from engine.snapshot import RoundView, Snapshot

CLASSES = 8  # that have a colour of their own; of more, the place is told
#: What a colour can tell, in words.
WAYS = {
    "start": "where it starts: mode, class or place",
    "partner": "where its line ends",
    "class": "the class of its line's end",
    "speed": "the length of its line, which is its speed",
    "plain": "nothing: the colours of source and target",
}


class Shades(NamedTuple):
    """One shade from 0 to 1 for each of the first pairs, (n,), and the palette it is a place in."""

    shade: np.ndarray
    palette: Palette

    def first(self, n: int, start: int = 0) -> dict[str, object]:
        """The fields of a mark of the particles from ``start`` to ``n``; pairs that are not there yet have the middle
        of the palette."""
        known = self.shade[start:n]
        unknown = np.full(max(0, n - start) - len(known), 0.5)
        return {"shade": np.concatenate([known, unknown]), "palette": self.palette}


class Plain(NamedTuple):
    """No shades: marks keep their inks."""

    def first(self, n: int, start: int = 0) -> dict[str, object]:
        return {}


def shades(snapshot: Snapshot, view: RoundView | None, look: Look) -> Shades | Plain:
    """Of the pairs of this round. Particles beyond them have none."""
    return coloured(snapshot, view, look.colour) if view is not None else Plain()


@once
def coloured(snapshot: Snapshot, view: RoundView, colour: str) -> Shades | Plain:
    """The same for one of ``WAYS``."""
    ends = pairs(view)
    if ends is None or colour == "plain":
        return Plain()
    if colour == "speed":
        length = np.linalg.norm(ends.x1.astype(float) - ends.x0, axis=1)
        return Shades(_share(length, length), "ramp")
    if colour == "class":
        found = _classes(ends.class1, ends.of[1]) or _classes(ends.class0, ends.of[0])
        return found or Plain()
    first = snapshot.source, ends.x0, ends.class0, ends.of[0]
    last = snapshot.target, ends.x1, ends.class1, ends.of[1]
    one, other = (first, last) if colour == "start" else (last, first)
    return _at_place(*one) or _at_place(*other) or Plain()


def _at_place(cloud: np.ndarray, x: np.ndarray, label: np.ndarray | None, classes: int) -> Shades | None:
    """By class, or by the place within the cloud: on the line from low to high, else around its middle."""
    if (found := _classes(label, classes)) is not None:
        return found
    cloud = cloud if len(cloud) and cloud.shape[1] == x.shape[1] else x
    middle = np.median(cloud, axis=0)
    if not (np.abs(x - middle) > 1e-6 * (1 + np.abs(middle))).any():
        return None  # all at one place
    if x.shape[1] == 1:
        return Shades(_share(x[:, 0], cloud[:, 0]), "ramp")
    away = x[:, :2].astype(float) - middle[:2]
    return Shades(np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi) % 1.0, "wheel")


def _classes(label: np.ndarray | None, classes: int) -> Shades | None:
    if label is None or not 2 <= classes <= CLASSES:
        return None
    return Shades((np.asarray(label) % CLASSES + 0.5) / CLASSES, "classes")


def _share(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """The share of ``among`` that is smaller."""
    return np.searchsorted(np.sort(among), values) / max(1, len(among))
