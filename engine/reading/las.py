"""Points of a laser scan: LAS and LAZ; laspy reads (with the extra)."""

from __future__ import annotations

import numpy as np

from engine.gate import opened
from engine.parts import Reader, Wrong
from engine.reading.choice import Choice
from engine.reading.contents import Contents, Found, of_array
from engine.reading.limits import fault
from engine.registry import part

MAX_RETURNS = 20_000_000
CHUNK = 1_000_000
MORE = ("classification", "intensity", "return_number", "red", "green", "blue")


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
        try:
            with opened(path) as file, laspy.open(file, closefd=False) as scan:
                count = scan.header.point_count
                if count > MAX_RETURNS:
                    raise fault(path, f"has {count:,} points; {MAX_RETURNS:,} at most")
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
