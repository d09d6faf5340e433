"""Points from data files that nobody vouches for, by the reader of their format. All is bounded before it is read."""

from __future__ import annotations

import os
from functools import lru_cache

import numpy as np

from engine.parts import MAX_POINTS, Reader, Wrong
from engine.reading.limits import brief, check_columns, check_values, checked, fault
from engine.registry import kinds


def cloud(path: str, dim: int | None = None) -> np.ndarray:
    """The points of a file, (n, d) float64, read-only; with ``dim``, d must be that. Raises Wrong, at ``path``."""
    state = checked(path)
    found = _remembered(path, state, dim, reader_of(path) or kinds("readers")["table"])
    if isinstance(found, Wrong):
        raise Wrong(found.where, found.message)
    return found


def reader_of(path: str) -> type[Reader] | None:
    """What reads a file of this name, or of a name that tells nothing by its first bytes; None where none says so."""
    readers, suffix = kinds("readers").values(), os.path.splitext(path)[1].lower()
    by_name = next((reader for reader in readers if suffix in reader.suffixes), None)
    if by_name is not None:
        return by_name
    try:
        with open(path, "rb") as file:
            start = file.read(max(len(magic) for reader in readers for magic in (b"", *reader.magic)))
    except OSError:
        return None
    return next((reader for reader in readers if reader.magic and start.startswith(reader.magic)), None)


@lru_cache(maxsize=4)
def _remembered(path: str, state: tuple[int, int], dim: int | None, reader: type[Reader]) -> np.ndarray | Wrong:
    """The points or the complaint: a bad file is read once, too."""
    try:
        points = np.asarray(reader().read(path, dim), dtype=np.float64)
        if points.ndim != 2 or not 1 <= len(points) <= MAX_POINTS:
            right = f"a reader gives (n, d), n from 1 to {MAX_POINTS:,}"
            raise fault(path, f"was read as an array of shape {points.shape}; {right}")
        check_columns(path, points.shape[1], dim)
        check_values(path, points, lambda index: index + 1)
    except Wrong as wrong:
        return wrong
    except OSError as error:
        return fault(path, f"cannot be read: {error.strerror or error}")
    except Exception as error:  # anybody's reader may meet anybody's file
        return fault(path, f"cannot be read as {' or '.join(reader.names)}: {brief(error)}")
    points.flags.writeable = False
    return points
