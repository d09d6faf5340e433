"""Points from data files that nobody vouches for: CSV, TSV, NPY and NPZ. Everything is bounded before it is read."""

from __future__ import annotations

import os
from functools import lru_cache

import numpy as np

from engine.parts import Wrong
from engine.reading.arrays import npy, npz
from engine.reading.limits import checked, fault
from engine.reading.tables import table


def cloud(path: str, dim: int | None = None) -> np.ndarray:
    """The points of a file, (n, d) float64, read-only; with ``dim``, d must be that. Raises Wrong, at ``path``."""
    found = _remembered(path, checked(path), dim)
    if isinstance(found, Wrong):
        raise Wrong(found.where, found.message)
    return found


@lru_cache(maxsize=4)
def _remembered(path: str, state: tuple[int, int], dim: int | None) -> np.ndarray | Wrong:
    """The points or the complaint: a bad file is read once, too."""
    read = {".npy": npy, ".npz": npz}.get(os.path.splitext(path)[1].lower(), table)
    try:
        points = read(path, dim)
    except Wrong as wrong:
        return wrong
    except OSError as error:
        return fault(path, f"cannot be read: {error.strerror or error}")
    points.flags.writeable = False
    return points
