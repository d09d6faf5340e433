"""Points from text: CSV, TSV and the like, the delimiter found by looking."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator
from itertools import chain, islice

import numpy as np

from engine.gate import opened
from engine.parts import MAX_POINTS, Reader, Wrong
from engine.reading.limits import check_columns, check_values, fault, formats
from engine.registry import part
from engine.wording import clean

MAX_LINE = 4096
MAX_LINES = 2 * MAX_POINTS  # comments and empty ones among them
LOOK = 100  # lines that tell the delimiter
NAMES = {"\t": "a tab", ";": "';'", ",": "','"}


@part
class Table(Reader, frozen=True, tag="table"):
    """Rows of numbers."""

    about = "Comma, semicolon, tab or blanks between the columns, in UTF-8; a first line without numbers is a header."
    names, suffixes = ("CSV", "TSV"), (".csv", ".tsv", ".txt")
    rank = 10

    def read(self, path: str, dim: int | None) -> np.ndarray:
        return table(path, dim)


def table(path: str, dim: int | None) -> np.ndarray:
    """The numbers (n, d) of a text. Raises Wrong, at the first row that is none of them."""
    lines = _lines(path)
    head = list(islice(lines, LOOK))
    delimiter, start = _layout(head)
    if start == len(head):
        raise fault(path, "is empty; give one point per row")
    cells = _cells(head[start][1], delimiter)
    if len(cells) > 1 and not cells[-1]:
        end = f", or take the last {NAMES[delimiter]} away" if delimiter else ""
        raise fault(path, f"row {head[start][0]}, column {len(cells)} is empty; give a number{end}")
    check_columns(path, len(cells), dim)
    rows, values, columns, wanted = array("Q"), array("d"), len(cells), 0
    for row, line in chain(head[start:], lines):
        wanted += columns
        rows.append(row)
        try:
            values.extend(map(float, line.split(delimiter) if "_" not in line else _slowly(line, delimiter)))
        except ValueError:
            del values[wanted - columns :]
            values.extend(_slowly(line, delimiter))
        if len(values) != wanted:
            raise _faulty(path, row, line, delimiter, columns)
        if wanted > columns * MAX_POINTS:
            raise fault(path, f"has more than {MAX_POINTS:,} rows; give at most that many")
    points = np.array(values).reshape(-1, columns)
    check_values(path, points, rows.__getitem__)
    return points


def _lines(path: str) -> Iterator[tuple[int, str]]:
    """(row, content) of every line with content, rows counted as an editor does. Raises Wrong for what is not text."""
    with io.TextIOWrapper(opened(path), encoding="utf-8-sig") as file:
        row = 0
        try:
            while line := file.readline(MAX_LINE + 1):
                row += 1
                if "\0" in line:
                    raise fault(path, f"is not a text file: row {row} holds a NUL byte; give {formats()}")
                if len(line) > MAX_LINE:
                    raise fault(path, f"row {row} is longer than {MAX_LINE:,} characters; give one point per row")
                if row > MAX_LINES:
                    raise fault(path, f"has more than {MAX_LINES:,} lines; give at most {MAX_POINTS:,} rows")
                if content := line.partition("#")[0].strip(" \r\n"):
                    yield row, content
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            right = f"give {formats()}, text in UTF-8"
            raise fault(path, f"is not a text file: byte 0x{byte:02x} is not UTF-8; {right}") from None


def _layout(head: list[tuple[int, str]]) -> tuple[str | None, int]:
    """What stands between the columns (None: blanks), and how many of the first lines come before the numbers."""
    start, named = 0, None
    if head and head[0][1].lower().removeprefix("sep=") in NAMES:  # a line that Excel reads
        start, named = 1, head[0][1][-1]
    rest = head[start:]
    delimiter = named or next((c for c in NAMES if 2 * sum(c in line for _, line in rest) >= max(1, len(rest))), None)
    if len(rest) > 1 and not any(map(_is_number, _cells(rest[0][1], delimiter))):
        start += 1
    return delimiter, start


def _slowly(line: str, delimiter: str | None) -> list[float]:
    """The numbers of a line with quotation marks, or with what Python alone takes for one (1_000); else none."""
    cells = _cells(line, delimiter)
    return [float(cell) for cell in cells] if all(map(_is_number, cells)) else []


def _cells(line: str, delimiter: str | None) -> list[str]:
    """Quoted ones too, in which a delimiter is none."""
    if delimiter and '"' in line:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    else:
        cells = line.split(delimiter)
    return [cell.strip().strip('"').strip() for cell in cells]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _faulty(path: str, row: int, line: str, delimiter: str | None, columns: int) -> Wrong:
    """The complaint about a row that is not ``columns`` numbers."""
    if line.count('"') % 2:
        return fault(path, f"row {row} opens a quotation mark and does not close it")
    cells = _cells(line, delimiter)
    for column, cell in enumerate(cells, 1):
        if not cell:
            return fault(path, f"row {row}, column {column} is empty; give a number")
        if not _is_number(cell):
            comma = "; write decimals with a point" if _is_number(cell.replace(",", ".")) else ""
            return fault(path, f"row {row}, column {column}: {clean(cell, 24)!r} is not a number{comma}")
    count = f"{len(cells)} column{'' if len(cells) == 1 else 's'}"
    return fault(path, f"row {row} has {count}, but the rows before it have {columns}")
