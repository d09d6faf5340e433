"""How a text is laid out, found by looking at its first lines: separator, decimal mark, names."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace

from engine.parts import Wrong
from engine.reading.cells import EVERY, THOUSANDS, Marks, is_missing
from engine.reading.choice import Layout

SEPARATORS = {"\t": "tab", ";": ";", ",": ",", "|": "|", " ": "space"}
WORDS = {word: mark for mark, word in SEPARATORS.items()}


@dataclass(frozen=True)
class Dialect:
    """Separator (" ": any number of blanks), marks, and the first lines."""

    separator: str
    marks: Marks
    columns: int = 1
    skip: int = 0  # lines with content before the first row
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def cells(line: str, separator: str) -> list[str]:
    """The cells of a line, quoted ones too, in which a separator is none."""
    if separator == " ":
        line = line.replace("\t", " ").strip()
    if '"' not in line:
        found = line.split() if separator == " " else line.split(separator)
    else:
        try:
            found = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:
            found = line.split(separator)
    return [cell.strip().strip('"').strip() for cell in found]


def found(head: list[str], layout: Layout) -> Dialect:
    """The dialect of lines with content. Raises Wrong for a layout that there is not."""
    skip, named = 0, ""
    if head and head[0].lower().startswith("sep=") and len(head[0]) == 5:  # a line that Excel reads
        skip, named = 1, head[0][-1]
    rows, separator, marks, doubts = head[skip:], asked(layout.separator) or named, _marks(layout), ()
    choices = [separator] if separator else _present(rows)
    best = (-1.0, "", Marks())
    for mark in choices or [" "]:
        split = [cells(line, mark) for line in rows]
        count = _mode(split)
        even = sum(len(row) == count for row in split) / max(1, len(split))
        for one in marks:
            score = even * _share(split, one) + (0.001 if count > 1 else 0)
            if score > best[0] + 1e-9:
                best = (score, mark, one)
    separator, chosen = best[1] or " ", best[2]
    if len(marks) > 1 and chosen != Marks():
        doubts = _ambiguous(rows, separator, chosen)
        if doubts and separator == ",":
            chosen = Marks(".", ",")
    split = [cells(line, separator) for line in rows]
    dialect = replace(Dialect(separator, chosen, _mode(split)), doubts=doubts)
    if layout.header:
        return _named(split, dialect, skip, layout.header.strip().lower())
    return _headed(split, dialect, skip, layout.missing)


def asked(separator: str) -> str:
    """The separator that a layout names. Raises Wrong."""
    mark = WORDS.get(separator.strip().lower() or separator, separator)
    if separator and mark not in SEPARATORS:
        raise Wrong("separator", f"{separator!r} is none; give one of {', '.join(WORDS)}")
    return mark if separator else ""


def _marks(layout: Layout) -> list[Marks]:
    """Those that the layout allows. Raises Wrong."""
    if layout.decimal not in ("", ".", ","):
        raise Wrong("decimal", f"{layout.decimal!r} is none; give . or ,")
    thousands = {" ": "space", "’": "'"}.get(layout.thousands, layout.thousands)
    if thousands not in THOUSANDS:
        raise Wrong("thousands", f"{layout.thousands!r} is none; give one of . , ' or space")
    if thousands and thousands == layout.decimal:
        raise Wrong("thousands", f"{thousands!r} is the decimal mark as well; give another")
    right = [m for m in EVERY if layout.decimal in ("", m.decimal) and thousands in ("", m.thousands)]
    return [m for m in right if not (layout.decimal and not thousands and m.thousands)] or right


def _present(rows: list[str]) -> list[str]:
    """Separators that stand in at least half of the lines."""
    found = []
    for mark in SEPARATORS:
        there = sum(any(c in line.strip() for c in (" ", "\t")) if mark == " " else mark in line for line in rows)
        if 2 * there >= max(1, len(rows)):
            found.append(mark)
    return found


def _mode(split: list[list[str]]) -> int:
    """How many cells most rows with numbers have; of as many, the earlier ones."""
    counts = Counter(len(row) for row in split if any(map(EVERY[0].is_number, row))) or Counter(map(len, split))
    return counts.most_common(1)[0][0] if counts else 0


def _share(split: list[list[str]], marks: Marks) -> float:
    filled = [cell for row in split for cell in row if not is_missing(cell)]
    return sum(map(marks.is_number, filled)) / len(filled) if filled else 0.5


def _ambiguous(rows: list[str], separator: str, marks: Marks) -> tuple[str, ...]:
    """A doubt where every marked number could be one with thousands as well as one with decimals."""
    marked = [c for line in rows for c in cells(line, separator) if "," in c and Marks(".", ",").is_number(c)]
    told = [c for line in rows for c in cells(line, separator) if "," in c and marks.is_number(c)]
    if marked and len(marked) == len(told) and not any("." in cell for cell in marked):
        return (f"{marked[0]} may have a decimal comma or a thousands mark; say which (decimal, thousands)",)
    return ()


def _headed(split: list[list[str]], dialect: Dialect, skip: int, more: tuple[str, ...]) -> Dialect:
    """The dialect with its names, and with what comes before the rows passed over."""
    columns, number = dialect.columns, dialect.marks.is_number
    first = 0
    while first < len(split) and not any(number(cell) for cell in split[first]):
        first += 1
    if first == len(split):  # no numbers at all: the first line may be names
        first = 1 if len(split) > 1 else 0
    elif first == 0 and _names_with_numbers(split, number, more):
        first = 1
    before = split[:first]
    wide = [row for row in before if len(row) >= max(1, columns - 1) and any(row)]
    notes, doubts = [], list(dialect.doubts)
    if wide:
        names = max(wide, key=lambda row: sum(map(bool, row)))  # a title over the names has fewer cells
        if len(names) == columns - 1:
            names = ["", *names]
        passed = len(before) - 1
        if passed:
            notes.append(f"{passed} more line{'' if passed == 1 else 's'} before the numbers passed over")
        if any(number(cell) for cell in names):
            notes.append("the first row is taken for names")
    else:
        names = []
        if before:
            notes.append(f"{len(before)} line{'' if len(before) == 1 else 's'} before the numbers passed over")
    if split[first:]:
        columns = max(columns, _mode(split[first:]))
    names = (names + [""] * columns)[:columns] if names else []
    return replace(
        dialect, columns=columns, skip=skip + first, names=tuple(names), notes=tuple(notes), doubts=tuple(doubts)
    )


def _named(split: list[list[str]], dialect: Dialect, skip: int, header: str) -> Dialect:
    """The dialect with its names where somebody says that they stand. Raises Wrong."""
    at = 0 if header == "none" else int(header) if header.isdecimal() and len(header) < 4 else -1
    if not 0 <= at <= len(split):
        raise Wrong(
            "header", f"{header!r} is none of the first {len(split)} lines; give the line of the names, or none"
        )
    first, number = at, dialect.marks.is_number
    while at and first < len(split) and not any(number(cell) for cell in split[first]):  # units below the names, say
        first += 1
    columns = max(dialect.columns, _mode(split[first:])) if split[first:] else dialect.columns
    names = (split[at - 1] + [""] * columns)[:columns] if at else []
    if at and len(split[at - 1]) == columns - 1:  # no name over the index
        names = ["", *names[:-1]]
    passed = first - (at > 0)
    notes = (f"{passed} line{'' if passed == 1 else 's'} beside the names passed over",) if passed else ()
    return replace(dialect, columns=columns, skip=skip + first, names=tuple(names), notes=notes)


def _names_with_numbers(split: list[list[str]], number: object, more: tuple[str, ...]) -> bool:
    """Whether a first row in which numbers stand is one of names: 0, 1, 2 as pandas writes them, or years."""
    top, rest = split[0], [row for row in split[1:] if len(row) == len(split[0])]
    if len(rest) < 3:
        return False
    counted = [cell for cell in top if cell]
    if len(counted) >= 2 and len(top) - len(counted) <= 1 and counted == [str(k) for k in range(len(counted))]:
        start = len(top) - len(counted)
        return any("." in cell or "," in cell for row in rest for cell in row[start:])
    for k, cell in enumerate(top):
        if not number(cell) and not is_missing(cell, more):
            below = [row[k] for row in rest if not is_missing(row[k], more)]
            if below and sum(map(number, below)) >= 0.8 * len(below):
                return True
    return False
