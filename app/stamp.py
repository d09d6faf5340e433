"""What tells that a file was written, without reading it."""

from __future__ import annotations

import os
from pathlib import Path

Stamp = tuple[int, int]  # when, in ns, and its size

NEWER: Stamp = (-1, -1)  # of no file: what is open is older than its file


def stamp(path: Path) -> Stamp | None:
    """Another one where the file was written; None where there is none."""
    try:
        found = os.stat(path)
        return found.st_mtime_ns, found.st_size
    except OSError:
        return None


def newer(path: Path, than: Path) -> bool:
    """Whether it was written after the other one; both are there."""
    one, other = stamp(path), stamp(than)
    return one is not None and other is not None and one[0] > other[0]
