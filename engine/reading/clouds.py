"""Points from data files that nobody vouches for, by the reader of their format. All is bounded before it is read."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict

import numpy as np

from engine.gate import opened
from engine.parts import MAX_POINTS, Reader, Wrong
from engine.reading import apart
from engine.reading.limits import brief, check_columns, check_values, checked, fault
from engine.registry import homeless, kinds

KEPT = 6  # files

#: Points, by file and reader; complaints, by the dimension that was wanted too: a bad file is read once, too.
_kept: OrderedDict[tuple, np.ndarray | Wrong] = OrderedDict()
_lock = threading.Lock()


def cloud(path: str, dim: int | None = None) -> np.ndarray:
    """The points of a file, (n, d) float64, read-only; with ``dim``, d must be that. Raises Wrong, at ``path``."""
    state = checked(path)
    reader = reader_of(path) or kinds("readers")["table"]
    whole = (path, state, reader)
    with _lock:
        found = _kept.get(whole, _kept.get((*whole, dim)))
    if found is None:
        found = _found(path, state[1], reader, dim)
        with _lock:
            _kept[(*whole, dim) if isinstance(found, Wrong) else whole] = found
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    if isinstance(found, Wrong):
        raise Wrong(found.where, found.message)
    check_columns(path, found.shape[1], dim)
    return found


def reader_of(path: str) -> type[Reader] | None:
    """What reads a file of this name, or of a name that tells nothing by its first bytes; None where none says so."""
    readers, suffix = kinds("readers").values(), os.path.splitext(path)[1].lower()
    by_name = next((reader for reader in readers if suffix in reader.suffixes), None)
    if by_name is not None:
        return by_name
    try:
        with opened(path) as file:
            start = file.read(max(len(magic) for reader in readers for magic in (b"", *reader.magic)))
    except (OSError, ValueError):
        return None
    return next((reader for reader in readers if reader.magic and start.startswith(reader.magic)), None)


def _found(path: str, size: int, reader: type[Reader], dim: int | None) -> np.ndarray | Wrong:
    """The points or the complaint; a large file is read apart, if another process can have its reader."""
    try:
        kind = reader.__struct_config__.tag
        here = size <= apart.QUICK or homeless(reader)
        points = read(path, dim, kind) if here else apart.read(read, path, dim, kind)
    except apart.Late:
        raise
    except Wrong as wrong:
        return wrong
    except MemoryError:
        return fault(path, "needs more memory to read than there is; give a smaller file")
    points.flags.writeable = False
    return points


def read(path: str, dim: int | None, kind: str) -> np.ndarray:
    """The points (n, d) of a file that may be read, by the reader of this kind. Raises Wrong, and nothing else."""
    reader = kinds("readers")[kind]
    try:
        points = np.asarray(reader().read(path, dim), dtype=np.float64)
        if points.ndim != 2 or not 1 <= len(points) <= MAX_POINTS:
            right = f"a reader gives (n, d), n from 1 to {MAX_POINTS:,}"
            raise fault(path, f"was read as an array of shape {points.shape}; {right}")
        check_columns(path, points.shape[1], dim)
        check_values(path, points, lambda index: index + 1)
    except (Wrong, MemoryError):
        raise
    except OSError as error:
        raise fault(path, f"cannot be read: {error.strerror or brief(error)}") from None
    except Exception as error:  # anybody's reader may meet anybody's file
        raise fault(path, f"cannot be read as {' or '.join(reader.names)}: {brief(error)}") from None
    return points
