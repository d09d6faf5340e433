"""Points from NPY, numpy's format of one array; pickles are never loaded."""

from __future__ import annotations

import os
import tokenize
from collections.abc import Callable
from typing import IO

import numpy as np

from engine.parts import MAX_POINTS, Reader
from engine.reading.limits import brief, check_columns, check_values, fault
from engine.registry import part

MAX_HEADER = 10_000  # bytes of an NPY header, numpy's own bound


@part
class Npy(Reader, frozen=True, tag="npy"):
    """One array, rows and columns or a single axis."""

    about = "One array of numbers, (n, d); numpy.save writes it. Objects are refused."
    names, suffixes, magic = ("NPY",), (".npy",), (b"\x93NUMPY",)
    rank = 20

    def read(self, path: str, dim: int | None) -> np.ndarray:
        return array(path, lambda: open(path, "rb"), dim)


def shape_and_type(path: str, stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type from the header of an NPY stream, which is left behind the header."""
    form = np.lib.format
    try:
        version = form.read_magic(stream)
        size = stream.read(2 if version == (1, 0) else 4)
        if int.from_bytes(size, "little") > MAX_HEADER:  # numpy would read all of a header before it judges its length
            raise ValueError("its header is too long")
        stream.seek(-len(size), os.SEEK_CUR)
        read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
        shape, _, dtype = read(stream)
    except (ValueError, EOFError, SyntaxError, tokenize.TokenError, RecursionError, MemoryError) as error:
        raise fault(path, f"is not an NPY array: {brief(error)}") from None
    return shape, dtype


def array(path: str, opened: Callable[[], IO[bytes]], dim: int | None) -> np.ndarray:
    """The array of an NPY stream as points, its header judged before any data are read."""
    with opened() as stream:
        shape, dtype = shape_and_type(path, stream)
    if dtype.hasobject:
        raise fault(path, "holds Python objects, which are never loaded; save an array of numbers")
    if dtype.kind not in "iuf":
        raise fault(path, f"holds {dtype} values; save an array of real numbers")
    if len(shape) not in (1, 2):
        raise fault(path, f"has the shape {shape}; give rows and columns, (n, d)")
    if shape[0] > MAX_POINTS:
        raise fault(path, f"has more than {MAX_POINTS:,} rows; give at most that many")
    if shape[0] < 1:
        raise fault(path, "holds no points; give one point per row")
    check_columns(path, shape[1] if len(shape) == 2 else 1, dim)
    try:
        with opened() as stream, np.errstate(all="ignore"):
            points = np.lib.format.read_array(stream, allow_pickle=False).reshape(shape[0], -1).astype(np.float64)
            stream.read(1)  # the end of the data, where an archive compares checksums
    except (ValueError, EOFError) as error:
        raise fault(path, f"is damaged: {brief(error)}") from None
    check_values(path, points, lambda index: index + 1)
    return points
