"""What a reader finds in a file: columns, and how they were found. It travels between processes as arrays and JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from engine.parts import MAX_POINTS

MAX_COLUMNS = 1000
MAX_WORDS = 1000  # different texts of a column that can be classes


@dataclass(frozen=True, eq=False)
class Column:
    """A column: numbers with NaN for what is missing, or codes of its words with -1 for that."""

    name: str
    values: np.ndarray  # (n,) float64, of a text int32
    words: tuple[str, ...] | None = None  # of a text; () where there are too many to be classes
    fault: str = ""  # of numbers: where the first cell is that is none
    counts: bool = False  # 0, 1, 2, ... or 1, 2, 3, ... as rows are counted
    missing: int = 0
    beside: bool = False  # it stands beside the array of points, and is none of its coordinates

    @property
    def numeric(self) -> bool:
        return self.words is None

    @property
    def whole(self) -> bool:
        known = self.values[np.isfinite(self.values)] if self.numeric else self.values
        return self.numeric and len(known) > 0 and bool((known == np.round(known)).all())

    @property
    def sort(self) -> str:
        return "text" if not self.numeric else "whole numbers" if self.whole else "numbers"


class Dropped(msgspec.Struct, frozen=True):
    """Rows that are left out, and why."""

    count: int
    why: str


class Found(msgspec.Struct, frozen=True):
    """What was found about a file beside its columns."""

    format: str = ""
    encoding: str = ""
    separator: str = ""
    decimal: str = ""
    thousands: str = ""
    array: str = ""  # the one that was read
    arrays: tuple[str, ...] = ()  # those there are, with their shapes, where there are several
    named: bool = False  # its columns have names in the file
    rows: int = 0  # in the file, usable or not
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()  # what was done, in sentences
    doubts: tuple[str, ...] = ()  # what could be meant otherwise
    lines: bool = False  # rows are lines of a text
    upright: int = 0  # the first so many columns are coordinates for certain (0: not told)
    surface: bool = False  # it has faces, on which places can be taken


@dataclass(frozen=True, eq=False)
class Contents:
    """The columns, all of one length, and what was found about them."""

    columns: tuple[Column, ...]
    found: Found = field(default_factory=Found)

    def __len__(self) -> int:
        return len(self.columns[0].values) if self.columns else 0


def sampled(contents: Contents, most: int = MAX_POINTS) -> Contents:
    """At most so many rows, chosen by a fixed seed, in their order."""
    n = len(contents)
    if n <= most:
        return contents
    rows = np.sort(np.random.default_rng(0).permutation(n)[:most])
    columns = tuple(replace(column, values=column.values[rows]) for column in contents.columns)
    note = f"{most:,} of {n:,} rows are taken, at random with a fixed seed"
    return Contents(columns, msgspec.structs.replace(contents.found, notes=(*contents.found.notes, note)))


def counts(values: np.ndarray) -> bool:
    """Whether they count the rows, from 0 or 1."""
    n = len(values)
    if n < 3 or values[0] not in (0, 1):
        return False
    return bool((values == np.arange(values[0], values[0] + n)).all())


def of_array(array: np.ndarray, names: tuple[str, ...], found: Found) -> Contents:
    """Contents of an array of numbers (n, d)."""
    columns = []
    for name, values in zip(names, array.T, strict=True):
        with np.errstate(all="ignore"):
            values = np.ascontiguousarray(values, np.float64)
        columns.append(Column(name, values, None, "", counts(values), int((~np.isfinite(values)).sum())))
    return Contents(tuple(columns), msgspec.structs.replace(found, rows=found.rows or len(array)))


def packed(contents: Contents) -> tuple[str, list[np.ndarray]]:
    """As text and arrays."""
    told = [
        contents.found,
        [(c.name, c.words, c.fault, c.counts, c.missing, c.beside) for c in contents.columns],
    ]
    return msgspec.json.encode(told).decode(), [c.values for c in contents.columns]


def unpacked(told: str, arrays: list[np.ndarray]) -> Contents:
    """What was packed."""
    head = tuple[str, tuple[str, ...] | None, str, bool, int, bool]
    found, heads = msgspec.json.decode(told, type=tuple[Found, list[head]])
    columns = (
        Column(name, values, words, fault, counting, missing, beside)
        for (name, words, fault, counting, missing, beside), values in zip(heads, arrays, strict=True)
    )
    return Contents(tuple(columns), found)
