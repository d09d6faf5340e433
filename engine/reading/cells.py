"""Cells of a text as numbers: decimal point or comma, thousands marks, typographic minus, missing ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from engine.reading.contents import MAX_WORDS
from engine.wording import clean

MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", ".", "*", "missing")
MINUS = "−–‐‒﹣－"
BLANKS = "[   ]"
THOUSANDS = {"": "", ",": ",", ".": r"\.", "'": "['’]", "space": BLANKS}
_INFINITE = r"[+-]?(?:inf|infinity|Inf|Infinity|INF)"


@dataclass(frozen=True)
class Marks:
    """How numbers are written."""

    decimal: str = "."
    thousands: str = ""  # "space" for a blank of any width

    def pattern(self) -> str:
        return _pattern(self.decimal, self.thousands)

    def is_number(self, cell: str) -> bool:
        return bool(_compiled(self.decimal, self.thousands).fullmatch(signed(cell)))


#: In this order: what is plain comes first.
EVERY = (
    Marks(),
    Marks(","),
    Marks(".", ","),
    Marks(",", "."),
    Marks(".", "'"),
    Marks(",", "'"),
    Marks(".", "space"),
    Marks(",", "space"),
)


def _pattern(decimal: str, thousands: str) -> str:
    point = re.escape(decimal)
    plain = rf"(?:\d+{point}?\d*|{point}\d+)(?:[eEdD][+-]?\d+)?"
    grouped = rf"|\d{{1,3}}(?:{THOUSANDS[thousands]}\d{{3}})+(?:{point}\d*)?" if thousands else ""
    return rf"(?:[+-]?(?:{plain}{grouped})|{_INFINITE})"


@cache
def _compiled(decimal: str, thousands: str) -> re.Pattern[str]:
    return re.compile(_pattern(decimal, thousands), re.ASCII)


def signed(cell: str) -> str:
    """A cell with every kind of minus as a hyphen."""
    return re.sub(f"[{MINUS}]", "-", cell.strip()) if not cell.isascii() else cell.strip()


def is_missing(cell: str, more: tuple[str, ...] = ()) -> bool:
    cell = signed(cell)
    return cell.lower() in MISSING or cell in more


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column as numbers: NaN where there is none, and which cells are neither numbers nor missing."""

    values: np.ndarray
    bad: np.ndarray
    missing: np.ndarray

    @property
    def share(self) -> float:
        """Of the cells with something in them, those that are numbers."""
        cells = len(self.missing) - int(self.missing.sum())
        return 1 - int(self.bad.sum()) / cells if cells else 0.0


def trimmed(cells: Any) -> Any:
    """Arrow strings without blanks around them and without quotation marks that were left."""
    import pyarrow.compute as pc

    cells = pc.utf8_trim_whitespace(cells)
    if pc.any(pc.starts_with(cells, '"')).as_py():
        cells = pc.utf8_trim_whitespace(pc.utf8_trim(cells, '"'))
    return cells


def numbers(cells: Any, marks: Marks, more: tuple[str, ...] = ()) -> Numbers:
    """Trimmed arrow strings as numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pc.match_substring_regex(cells, f"^{marks.pattern()}$")
    if not pc.all(good).as_py():
        cells = pc.replace_substring_regex(cells, f"[{MINUS}]", "-")
        good = pc.match_substring_regex(cells, f"^{marks.pattern()}$")
    missing = pc.is_in(pc.utf8_lower(cells), pa.array(MISSING)) if not pc.all(good).as_py() else pc.invert(good)
    if more:
        missing = pc.or_(missing, pc.is_in(cells, pa.array([signed(cell) for cell in more])))
    good = pc.and_not(good, missing)
    plain = pc.if_else(good, cells, None)
    if marks.thousands:
        plain = pc.replace_substring_regex(plain, THOUSANDS[marks.thousands], "")
    if marks.decimal == ",":
        plain = pc.replace_substring(plain, ",", ".")
    try:
        found = pc.cast(plain, pa.float64())
    except pa.ArrowInvalid:  # an exponent as Fortran writes it
        found = pc.cast(pc.replace_substring_regex(plain, "[dD]", "e"), pa.float64())
    values = found.to_numpy() if isinstance(found, pa.ChunkedArray) else found.to_numpy(zero_copy_only=False)
    values = np.array(values, np.float64)
    lacking = np.array(missing.to_numpy() if isinstance(missing, pa.ChunkedArray) else missing, bool)
    bad = np.isnan(values) & ~lacking
    for sentinel in more:
        if marks.is_number(sentinel):
            same = values == plain_float(sentinel, marks)
            values[same], lacking = np.nan, lacking | same
    return Numbers(values, bad, lacking)


def plain_float(cell: str, marks: Marks) -> float:
    """The value of a cell that is a number by these marks."""
    cell = signed(cell)
    if marks.thousands:
        cell = re.sub(THOUSANDS[marks.thousands], "", cell)
    return float(cell.replace(",", ".") if marks.decimal == "," else cell.replace("D", "e").replace("d", "e"))


def coded(cells: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """Arrow strings as codes (-1: none) and words; no words where there are too many to be classes."""
    import pyarrow as pa

    found = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    found = found if isinstance(found, pa.DictionaryArray) else found.dictionary_encode()
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    codes = np.array(found.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int32)
    words = tuple(clean(str(word), 60) for word in found.dictionary.to_pylist()[: MAX_WORDS + 1])
    return codes, words if len(words) <= MAX_WORDS else ()
