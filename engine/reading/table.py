"""Points from text: CSV, TSV and the like, the delimiter found by looking."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.parts import MAX_POINTS, Reader, Wrong
from engine.reading.limits import check_columns, check_values, fault, formats
from engine.registry import part

MAX_LINE = 4096


@part
class Table(Reader, frozen=True, tag="table"):
    """Rows of numbers."""

    about = "Comma, semicolon, tab or blanks between the columns, in UTF-8; a first line without numbers is a header."
    names, suffixes = ("CSV", "TSV"), (".csv", ".tsv", ".txt")
    rank = 10

    def read(self, path: str, dim: int | None) -> np.ndarray:
        return table(path, dim)


def _lines(path: str) -> Iterator[tuple[int, str]]:
    """(row, content) of every line with content, rows counted as an editor does. Raises Wrong for what is not text."""
    with open(path, encoding="utf-8-sig") as file:
        row = 0
        try:
            while line := file.readline(MAX_LINE + 1):
                row += 1
                if "\0" in line:
                    raise fault(path, f"is not a text file: row {row} holds a NUL byte; give {formats()}")
                if len(line) > MAX_LINE:
                    raise fault(path, f"row {row} is longer than {MAX_LINE:,} characters; give one point per row")
                if content := line.partition("#")[0].strip(" \r\n"):
                    yield row, content
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            right = f"give {formats()}, text in UTF-8"
            raise fault(path, f"is not a text file: byte 0x{byte:02x} is not UTF-8; {right}") from None


def _split(line: str, delimiter: str | None) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(delimiter)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def table(path: str, dim: int | None) -> np.ndarray:
    """Comma, semicolon, tab or blanks between the columns; a first line without any number is a header."""
    first, count = [], 0
    for row, line in _lines(path):
        count += 1
        if count <= 100:
            first.append((row, line))
        if count > MAX_POINTS + 1:
            break
    if not first:
        raise fault(path, "is empty; give one point per row")
    delimiter = next((c for c in "\t;," if 2 * sum(c in line for _, line in first) >= len(first)), None)
    header = not any(_is_number(cell) for cell in _split(first[0][1], delimiter)) and count > 1
    if count - header > MAX_POINTS:
        raise fault(path, f"has more than {MAX_POINTS:,} rows; give at most that many")
    columns = len(_split(first[header][1], delimiter))
    check_columns(path, columns, dim)
    skip = first[0][0] if header else 0

    def rows() -> Iterator[tuple[int, str]]:
        return ((row, line) for row, line in _lines(path) if row > skip)

    try:
        with open(path, encoding="utf-8-sig") as file:
            points = np.loadtxt(file, float, "#", delimiter, skiprows=skip, ndmin=2, quotechar='"')
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise _faulty(path, rows(), delimiter, columns) or fault(path, f"is not a table of numbers: {reason}") from None
    check_values(path, points, lambda index: next(row for i, (row, _) in enumerate(rows()) if i == index))
    return points


def _faulty(path: str, rows: Iterator[tuple[int, str]], delimiter: str | None, columns: int) -> Wrong | None:
    """The complaint about the first row that is not ``columns`` numbers."""
    for row, line in rows:
        cells = _split(line, delimiter)
        for column, cell in enumerate(cells, 1):
            if not cell:
                return fault(path, f"row {row}, column {column} is empty; give a number")
            if not _is_number(cell):
                short = repr(cell if len(cell) <= 24 else cell[:23] + "…")
                comma = "; write decimals with a point" if _is_number(cell.replace(",", ".")) else ""
                return fault(path, f"row {row}, column {column}: {short} is not a number{comma}")
        if len(cells) != columns:
            count = f"{len(cells)} column{'' if len(cells) == 1 else 's'}"
            return fault(path, f"row {row} has {count}, but the rows before it have {columns}")
    return None
