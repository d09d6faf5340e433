"""Points from NPY, numpy's format of one array; pickles are never loaded, and nothing is evaluated."""

from __future__ import annotations

import math
import re
from typing import IO

import numpy as np

from engine.gate import opened
from engine.parts import MAX_POINTS, Reader, Wrong
from engine.reading.limits import check_columns, check_values, fault
from engine.registry import part
from engine.wording import clean

MAGIC = b"\x93NUMPY"
MAX_HEADER = 10_000  # bytes, numpy's own bound
_FIELD = re.compile(r"""['"](\w+)['"]\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\)|\[.*\])""", re.DOTALL)
_SHAPE = re.compile(r"\((?:\s*\d{1,18}\s*,)*\s*(?:\d{1,18}\s*)?\)")
_TYPE = re.compile(r"[<>=|]?([a-zA-Z?])(\d{0,3})(?:\[\w+\])?")
_OTHERS = {"c": "complex numbers", "b": "truth values", "S": "text", "U": "text", "m": "dates", "M": "dates"}


@part
class Npy(Reader, frozen=True, tag="npy"):
    """One array, rows and columns or a single axis."""

    about = "One array of numbers, (n, d); numpy.save writes it. Objects are refused."
    names, suffixes, magic = ("NPY",), (".npy",), (MAGIC,)
    rank = 20

    def read(self, path: str, dim: int | None) -> np.ndarray:
        with opened(path) as stream:
            return array(path, stream, dim)


def array(path: str, stream: IO[bytes], dim: int | None) -> np.ndarray:
    """The array of an NPY stream as points (n, d), its header judged before any data are read. Raises Wrong."""
    shape, kind, columnwise = header(path, stream)
    dtype = _dtype(path, kind)
    if len(shape) not in (1, 2):
        raise fault(path, f"has the shape {clean(str(shape), 60)}; give rows and columns, (n, d)")
    if shape[0] > MAX_POINTS:
        raise fault(path, f"has more than {MAX_POINTS:,} rows; give at most that many")
    if shape[0] < 1:
        raise fault(path, "holds no points; give one point per row")
    check_columns(path, shape[1] if len(shape) == 2 else 1, dim)
    size = math.prod(shape) * dtype.itemsize
    data = stream.read(size)
    stream.read(1)  # the end of the data, where an archive compares checksums
    if len(data) < size:
        raise fault(path, f"is damaged: it ends after {len(data):,} of {size:,} bytes; save it again")
    numbers = np.frombuffer(data, dtype).reshape(shape, order="F" if columnwise else "C")
    with np.errstate(all="ignore"):
        points = numbers.reshape(shape[0], -1).astype(np.float64)
    check_values(path, points, lambda index: index + 1)
    return points


def header(path: str, stream: IO[bytes]) -> tuple[tuple[int, ...], str, bool]:
    """Shape, type and order (True: column after column) of an NPY stream, which is left behind its header.

    Raises Wrong.
    """
    start = stream.read(len(MAGIC) + 2)
    if start[: len(MAGIC)] != MAGIC or len(start) < len(MAGIC) + 2:
        raise _no_array(path, "it does not begin like one")
    version = start[len(MAGIC)]
    if version not in (1, 2, 3):
        raise _no_array(path, f"its version is {version}, and 1 to 3 are known")
    size = int.from_bytes(stream.read(2 if version == 1 else 4), "little")
    if size > MAX_HEADER:
        raise _no_array(path, "its header is too long")
    text = stream.read(size)
    if len(text) < size:
        raise _no_array(path, "it ends within its header")
    fields = dict(_FIELD.findall(text.decode("latin1")))
    if not {"descr", "fortran_order", "shape"} <= set(fields) or fields["fortran_order"] not in ("True", "False"):
        raise _no_array(path, "its header is damaged")
    if not _SHAPE.fullmatch(fields["shape"]):
        shown = clean(fields["shape"].replace("'", ""), 40)
        raise _no_array(path, f"its header gives the shape '{shown}', not counts of rows and columns")
    shape = tuple(map(int, re.findall(r"\d+", fields["shape"])))
    return shape, fields["descr"].strip("'\""), fields["fortran_order"] == "True"


def _dtype(path: str, kind: str) -> np.dtype:
    """The type of a header's word for it. Raises Wrong for any but real numbers."""
    found = _TYPE.fullmatch(kind)
    if found and found[1] == "O":
        raise fault(path, "holds Python objects, which are never loaded; save an array of numbers")
    if found and found[1] in "iuf":
        try:
            return np.dtype(kind)
        except TypeError:  # of a size that there is not, here
            raise fault(path, f"holds numbers of the type '{clean(kind, 20)}'; save them as float64") from None
    others = _OTHERS.get(found[1], "records") if found else "records"
    raise fault(path, f"holds {others}; save an array of real numbers")


def _no_array(path: str, why: str) -> Wrong:
    return fault(path, f"is not an NPY array: {why}; numpy.save writes one")
