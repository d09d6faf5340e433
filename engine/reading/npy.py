"""Columns from NPY, numpy's format of one array; pickles are never loaded, and nothing is evaluated."""

from __future__ import annotations

import ast
import math
import re
from typing import IO

import numpy as np

from engine.gate import opened
from engine.parts import Reader, Wrong
from engine.reading.choice import Choice
from engine.reading.contents import MAX_COLUMNS, MAX_WORDS, Column, Contents, Found, of_array
from engine.reading.limits import MAX_BYTES, fault
from engine.registry import part
from engine.wording import clean

MAGIC = b"\x93NUMPY"
MAX_HEADER = 10_000  # bytes, numpy's own bound
MAX_VALUES = 50_000_000
_FIELD = re.compile(r"""['"](\w+)['"]\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\)|\[.*\])""", re.DOTALL)
_SHAPE = re.compile(r"\((?:\s*\d{1,18}\s*,)*\s*(?:\d{1,18}\s*)?\)")
_TYPE = re.compile(r"[<>=|]?([a-zA-Z?])(\d{0,3})(?:\[\w+\])?")
_RECORD = re.compile(r"\[(?:\s*\(\s*'[^'\\]{1,60}'\s*,\s*'[^'\\]{1,12}'\s*\)\s*,?)+\s*\]")
_OTHERS = {"c": "complex numbers", "b": "truth values", "S": "text", "U": "text", "m": "dates", "M": "dates"}


@part
class Npy(Reader, frozen=True, tag="npy"):
    """One array, rows and columns or a single axis."""

    about = "One array of numbers, (n, d), or of records; numpy.save writes it. Objects are refused."
    names, suffixes, magic = ("NPY",), (".npy",), (MAGIC,)
    rank = 20

    def contents(self, path: str, choice: Choice) -> Contents:
        with opened(path) as stream:
            return array(path, stream)


def array(path: str, stream: IO[bytes], found: Found = Found("NPY")) -> Contents:  # noqa: B008 - frozen
    """The array of an NPY stream, its header judged before any data are read. Raises Wrong."""
    shape, kind, columnwise = header(path, stream)
    record = _record(path, kind)
    dtype = record or _dtype(path, kind)
    if len(shape) not in ((1,) if record else (1, 2)):
        raise fault(path, f"has the shape {clean(str(shape), 60)}; give rows and columns, (n, d)")
    if shape[0] < 1 or (len(shape) == 2 and shape[1] < 1):
        raise fault(path, "holds no points; give one point per row")
    if len(shape) == 2 and shape[1] > MAX_COLUMNS:
        turned = "; it seems to lie on its side, so save its transpose" if shape[0] <= 3 else ""
        raise fault(path, f"has {shape[1]:,} columns; {MAX_COLUMNS:,} at most{turned}")
    size = math.prod(shape) * dtype.itemsize
    if math.prod(shape) > MAX_VALUES or size > MAX_BYTES:
        raise fault(path, f"holds {math.prod(shape):,} values; {MAX_VALUES:,} at most")
    data = stream.read(size)
    stream.read(1)  # the end of the data, where an archive compares checksums
    if len(data) < size:
        raise fault(path, f"is damaged: it ends after {len(data):,} of {size:,} bytes; save it again")
    values = np.frombuffer(data, dtype).reshape(shape, order="F" if columnwise else "C")
    if record:
        return records(values, found)
    return of_array(values.reshape(shape[0], -1), ("",) * (shape[1] if len(shape) == 2 else 1), found)


def records(values: np.ndarray, found: Found) -> Contents:
    """The fields of records, those that are numbers or words."""
    columns = []
    for name in values.dtype.names:
        column = values[name]
        if column.dtype.kind in "iuf":
            columns.append(of_array(column.reshape(-1, 1), (clean(name, 60),), found).columns[0])
        else:
            columns.append(labels(clean(name, 60), column))
    return Contents(tuple(columns), Found(found.format, named=True, rows=len(values)))


def labels(name: str, column: np.ndarray) -> Column:
    """A column of words (n,)."""
    known, codes = np.unique(column, return_inverse=True)
    words = tuple(clean(w.decode("latin1") if isinstance(w, bytes) else str(w), 60) for w in known[: MAX_WORDS + 1])
    fault = f"row 1: {words[codes[0]] if codes[0] < len(words) else ''!r} is not a number"
    return Column(name, codes.reshape(-1).astype(np.int32), words if len(words) <= MAX_WORDS else (), fault)


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


def plain(kind: str) -> bool:
    """Whether a header's word is for real numbers."""
    found = _TYPE.fullmatch(kind)
    return bool(found and found[1] in "iuf")


def _dtype(path: str, kind: str) -> np.dtype:
    """The type of a header's word for it. Raises Wrong for any but real numbers."""
    found = _TYPE.fullmatch(kind)
    if (found and found[1] == "O") or "|O" in kind:
        raise fault(path, "holds Python objects, which are never loaded; save an array of numbers")
    if found and found[1] in "iuf":
        try:
            return np.dtype(kind)
        except TypeError:  # of a size that there is not, here
            raise fault(path, f"holds numbers of the type '{clean(kind, 20)}'; save them as float64") from None
    others = _OTHERS.get(found[1], "records") if found else "records"
    raise fault(path, f"holds {others}; save an array of real numbers")


def _record(path: str, kind: str) -> np.dtype | None:
    """The type of records of numbers and words, by their names; None for what is none. Raises Wrong."""
    if not _RECORD.fullmatch(kind):
        return None
    fields = ast.literal_eval(kind)
    for _, word in fields:
        if not re.fullmatch(r"[<>=|]?[iufSU]\d{1,3}", word):
            _dtype(path, word)
            raise fault(path, f"holds records with a field of the type '{clean(word, 20)}'; save numbers")
    try:
        return np.dtype([(name, word) for name, word in fields])
    except (TypeError, ValueError):
        raise fault(path, "holds records that cannot be read; save an array of numbers") from None


def _no_array(path: str, why: str) -> Wrong:
    return fault(path, f"is not an NPY array: {why}; numpy.save writes one")
