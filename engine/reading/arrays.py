"""Points from numpy's own formats, NPY and NPZ; pickles are never loaded."""

from __future__ import annotations

import lzma
import os
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from typing import IO

import numpy as np

from engine.parts import MAX_POINTS, Wrong
from engine.reading.limits import check_columns, check_values, fault

MAX_HEADER = 10_000  # bytes of an NPY header, numpy's own bound
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError)


def _brief(error: Exception) -> str:
    text = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return text if len(text) <= 80 else text[:79] + "…"


def _shape(path: str, stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
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
        raise fault(path, f"is not an NPY array: {_brief(error)}") from None
    return shape, dtype


def _array(path: str, opened: Callable[[], IO[bytes]], dim: int | None) -> np.ndarray:
    """The array of an NPY stream as points, its header judged before any data are read."""
    with opened() as stream:
        shape, dtype = _shape(path, stream)
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
        raise fault(path, f"is damaged: {_brief(error)}") from None
    check_values(path, points, lambda index: index + 1)
    return points


def npy(path: str, dim: int | None) -> np.ndarray:
    return _array(path, lambda: open(path, "rb"), dim)


def npz(path: str, dim: int | None) -> np.ndarray:
    """The array named ``points`` or ``x``, or else the first one with two axes."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            chosen = next((name for name in ("points.npy", "x.npy") if name in names), None)
            for name in names if chosen is None else ():
                with archive.open(name) as stream:
                    if len(_shape(path, stream)[0]) == 2:
                        chosen = name
                        break
            if chosen is None:
                raise fault(path, "holds no array of rows and columns; save one under the name 'points'")
            return _array(path, lambda: archive.open(chosen), dim)
    except Wrong:
        raise
    except (*BROKEN, ValueError) as error:
        raise fault(path, f"is not an NPZ archive that can be read: {_brief(error)}") from None
