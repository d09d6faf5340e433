"""Points of a laser scan: LAS and LAZ; laspy reads (with the extra)."""

from __future__ import annotations

import os
import struct

import numpy as np

from engine.gate import opened
from engine.parts import Reader, Wrong
from engine.reading.choice import Choice
from engine.reading.contents import Contents, Found, of_array
from engine.reading.limits import fault
from engine.registry import part

MAX_RETURNS = 20_000_000
RATIO = 200  # points of a LAZ by its bytes, at most
MAX_HEADER = 375
CHUNK = 1_000_000
MORE = ("classification", "intensity", "return_number", "red", "green", "blue")


def _check(path: str) -> int:
    """The file's size. Raises Wrong for a header that promises more records beside the points than it has room for."""
    with opened(path) as file:
        size, head = os.fstat(file.fileno()).st_size, file.read(MAX_HEADER)
    if len(head) < 227 or head[:4] != b"LASF":
        raise fault(path, "is damaged, or no LAS or LAZ: its header is not whole; export it again")
    length, start, count = struct.unpack_from("<HII", head, 94)
    more, last = struct.unpack_from("<QI", head, 235) if length >= 375 and len(head) >= 375 else (0, 0)
    if not 227 <= length <= start <= size or 54 * count > start - length or (last and more + 60 * last > size):
        raise fault(path, f"is damaged: its header promises more than its {size:,} bytes hold; export it again")
    return size


@part
class Las(Reader, frozen=True, tag="las"):
    """Returns of a scanner, with their classification."""

    about = "Points of a laser scan, with classification and intensity (with the extra: pip install 'rewire[files]')."
    names, suffixes, magic = ("LAS", "LAZ"), (".las", ".laz"), (b"LASF",)
    rank = 42

    def aside(self, path: str, start: bytes) -> bool:
        return True

    def contents(self, path: str, choice: Choice) -> Contents:
        try:
            import laspy
        except ImportError:
            raise fault(path, "needs laspy; pip install 'rewire[files]', or convert it to PLY or XYZ") from None
        size = _check(path)
        try:
            with opened(path) as file, laspy.open(file, closefd=False, laz_backend=laspy.LazBackend.Lazrs) as scan:
                count = scan.header.point_count
                if count > MAX_RETURNS:
                    raise fault(path, f"has {count:,} points; {MAX_RETURNS:,} at most")
                least = scan.header.point_format.size if not scan.header.are_points_compressed else 1 / RATIO
                if count * least > size:
                    raise fault(path, f"is damaged: its header promises {count:,} points in {size:,} bytes")
                names = [name for name in MORE if name in scan.header.point_format.dimension_names]
                pieces = [
                    np.column_stack([piece.x, piece.y, piece.z, *(np.asarray(piece[name], float) for name in names)])
                    for piece in scan.chunk_iterator(CHUNK)
                ]
        except (Wrong, MemoryError):
            raise
        except Exception:
            raise fault(path, "is damaged, or no LAS or LAZ that can be read; export it again") from None
        if not pieces or not sum(map(len, pieces)):
            raise fault(path, "holds no points; give one point per row")
        if sum(map(len, pieces)) < count:
            raise fault(path, f"is damaged: it ends after {sum(map(len, pieces)):,} of {count:,} points")
        x = np.concatenate(pieces)
        return of_array(x, ("x", "y", "z", *names), Found("LAS", named=True, rows=len(x), upright=3))
