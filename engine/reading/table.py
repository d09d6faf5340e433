"""Columns from text: CSV, TSV and the like, plain or packed. ``pyarrow.csv`` splits; what it is told is found here."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from itertools import islice

import numpy as np

from engine.parts import Reader, Wrong
from engine.reading import compressed, dialect, plain_text
from engine.reading.cells import EVERY, Marks, Numbers, coded, numbers, trimmed
from engine.reading.choice import Choice
from engine.reading.contents import MAX_COLUMNS, Column, Contents, Dropped, Found, counts
from engine.reading.dialect import SEPARATORS, Dialect, cells
from engine.reading.limits import fault
from engine.registry import part
from engine.wording import clean

MAX_LINE = 65_536
MAX_COMMENTS = 2_000_000  # lines
MAX_CELLS = 50_000_000
LOOK = 100  # lines that tell the layout
POINTS = (".xyz", ".pts", ".asc")  # whose first three columns are x, y, z
COMMENT = re.compile(rb"^[ \t]*(?:#|%|//)[^\n]*(?:\n|\Z)", re.MULTILINE)


@part
class Table(Reader, frozen=True, tag="table"):
    """Rows of cells."""

    about = (
        "Comma, semicolon, tab, bar or blanks between the columns, decimal point or comma, any usual encoding, also "
        "within gz, bz2, xz and zip."
    )
    names = ("CSV", "TSV", "XYZ")
    suffixes = (".csv", ".tsv", ".txt", ".dat", ".data", *POINTS, *compressed.SUFFIXES)
    magic = tuple(compressed.MAGIC)
    rank = 10

    def aside(self, path: str, start: bytes) -> bool:
        return start.startswith((*compressed.MAGIC, b"PK\x03\x04"))

    def contents(self, path: str, choice: Choice) -> Contents:
        raw = compressed.content(path)
        if raw[:4] in (b"PAR1", b"PK\x03\x04") or raw[:6] in (b"ARROW1", b"\x93NUMPY"):
            raise fault(path, "holds no text; give it the suffix of its format")
        return table(path, raw, choice)


def table(path: str, raw: bytes, choice: Choice) -> Contents:
    """The columns of a text. Raises Wrong."""
    layout = choice.layout
    text, encoding = plain_text.plain(path, raw, layout.encoding)
    if len(raw) > 0 and not text.strip():
        raise fault(path, "is empty; give one point per row")
    body = _without_comments(path, text)
    _check_lines(path, text, body)
    head = _head(body)
    if not head:
        raise fault(path, "is empty; give one point per row")
    found = dialect.found(head, layout)
    body = _trailing_comments(body, found)
    head = _head(body)
    found = dialect.found(head, layout)
    if found.columns > MAX_COLUMNS:
        raise fault(path, f"has {found.columns:,} columns; {MAX_COLUMNS:,} at most")
    if found.skip >= len(head):
        raise fault(path, "holds names and no rows; give one point per row")
    strings, blank = _split(path, text, body, found)
    return _columns(path, text, strings, blank, found, encoding, choice)


def _head(body: bytes) -> list[str]:
    """The first lines with something in them."""
    lines = (line for line in body[: LOOK * MAX_LINE].split(b"\n") if line.strip())
    return [line.decode(errors="replace") for line in islice(lines, LOOK)]


def _without_comments(path: str, text: bytes) -> bytes:
    many = text.count(b"\n#")
    if many > MAX_COMMENTS:
        raise fault(path, f"has more than {MAX_COMMENTS:,} lines of comments; give the rows alone")
    return COMMENT.sub(b"", text) if many or COMMENT.match(text) or b"\n%" in text or b"\n//" in text else text


def _check_lines(path: str, text: bytes, body: bytes) -> None:
    """Raise Wrong for a line without end. A file of one line has no line end."""
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
    long = np.flatnonzero(np.diff(ends, prepend=-1, append=len(text)) > MAX_LINE)
    if len(long):
        raise fault(path, f"row {int(long[0]) + 1:,} is longer than {MAX_LINE:,} characters; give one point per row")


def _trailing_comments(body: bytes, found: Dialect) -> bytes:
    """Without what follows # behind a complete row."""
    if b"#" not in body:
        return body
    lines = body.split(b"\n")
    for k, line in enumerate(lines):
        before, mark, _ = line.partition(b"#")
        if mark and before[-1:] in (b" ", b"\t") and b'"' not in line.partition(b"#")[2]:
            full = cells(before.decode(errors="replace").rstrip(), found.separator)
            if len(full) >= found.columns or found.separator == " ":
                lines[k] = before.rstrip()
    return b"\n".join(lines)


def _split(path: str, text: bytes, body: bytes, found: Dialect) -> tuple[list, int]:
    """Arrow columns of strings, and how many lines of separators alone were passed over. Raises Wrong."""
    import pyarrow as pa
    import pyarrow.csv

    separator = found.separator
    if separator == " ":
        body, separator = _by_tabs(body), "\t"
    elif b'"' in body:
        body = re.sub(rb"(^|[,;\t|]) +(?=\")", rb"\1", body, flags=re.MULTILINE)
    if b"\n\n" in body or body.startswith(b"\n"):
        body = re.sub(rb"\n[ \n]*\n", b"\n", body).lstrip(b"\n")
    start = 0
    for _ in range(found.skip):
        start = body.find(b"\n", start) + 1
        while body[start : start + 1] == b"\n":
            start += 1
    rows = body.count(b"\n", start) + 1
    if rows * found.columns > MAX_CELLS:
        raise fault(path, f"has {rows:,} rows of {found.columns:,} columns; {MAX_CELLS:,} cells at most")
    names, blank = [str(k) for k in range(found.columns)], 0

    def odd(row: object) -> str:
        nonlocal blank
        if row.text.strip(found.separator + ' "'):
            return "error"
        blank += 1
        return "skip"

    try:
        read = pyarrow.csv.read_csv(
            io.BytesIO(memoryview(body)[start:]),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=2**22, use_threads=len(body) > 2**20),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=separator, invalid_row_handler=odd, newlines_in_values=b'"' in body
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise _uneven(path, text, found) from None
    except pa.ArrowMemoryError:
        raise MemoryError from None
    if not len(read):
        raise fault(path, "holds names and no rows; give one point per row")
    return list(read.columns), blank


def _by_tabs(body: bytes) -> bytes:
    """Columns between blanks as columns between tabs."""
    if b'"' in body:
        lines = [cells(line, " ") for line in body.decode(errors="replace").split("\n")]
        return "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in lines).encode()
    if not any(odd in body for odd in (b"  ", b"\t", b"\n ", b" \n")) and body[:1] != b" " and body[-1:] != b" ":
        return body.replace(b" ", b"\t")
    return re.sub(rb"(?m)^\t+|\t+$", b"", re.sub(rb"[ \t]+", b"\t", body))


def _columns(
    path: str, text: bytes, strings: list, blank: int, found: Dialect, encoding: str, choice: Choice
) -> Contents:
    """Columns of numbers and of words."""
    strings, more = [trimmed(column) for column in strings], choice.layout.missing
    marks, tried = _marked(strings, found, choice)
    columns = []
    for k, (column, tried_one) in enumerate(zip(strings, tried, strict=True)):
        name = found.names[k] if found.names else ""
        if tried_one.missing.all() and not name and k == len(strings) - 1 - _trailing(tried[k + 1 :]):
            continue  # separators at the ends of the lines
        columns.append(_column(path, text, found, k, name, column, tried_one, marks, more))
    values = np.array([one.missing for one in tried])
    empty = int(values.all(axis=0).sum())
    if empty and len(columns):
        keep = ~values.all(axis=0)
        columns = [_kept(column, keep) for column in columns]
    dropped = (Dropped(blank + empty, "blank"),) if blank + empty else ()
    rows = len(strings[0]) + blank
    if not columns or not len(columns[0].values):
        raise fault(path, "holds no numbers; give one point per row")
    points = os.path.splitext(path)[1].lower() in POINTS and len(columns) >= 3
    return Contents(
        tuple(columns),
        Found(
            "text",
            encoding,
            SEPARATORS[found.separator] if found.columns > 1 else "",
            marks.decimal,
            marks.thousands,
            named=bool(found.names),
            rows=rows,
            dropped=dropped,
            notes=found.notes,
            doubts=found.doubts,
            lines=True,
            upright=3 if points and all(column.numeric for column in columns[:3]) else 0,
        ),
    )


def _trailing(rest: list[Numbers]) -> int:
    return len(rest) if all(one.missing.all() for one in rest) else 0


def _kept(column: Column, rows: np.ndarray) -> Column:
    values = column.values[rows]
    lost = int((values < 0).sum() if not column.numeric else (~np.isfinite(values)).sum())
    return replace(column, values=values, missing=lost, counts=column.numeric and counts(values))


def _marked(strings: list, found: Dialect, choice: Choice) -> tuple[Marks, list[Numbers]]:
    """The columns as numbers; where the first lines told other marks than all of them, by those."""
    layout = choice.layout
    tried = [numbers(column, found.marks, layout.missing) for column in strings]
    faulty = [k for k, one in enumerate(tried) if one.bad.any() and one.share >= 0.5]
    if not faulty or (layout.decimal and layout.thousands):
        return found.marks, tried
    for marks in EVERY:
        if layout.decimal not in ("", marks.decimal) or layout.thousands not in ("", marks.thousands):
            continue
        again = {k: numbers(column, marks, layout.missing) for k, column in enumerate(strings) if tried[k].share > 0}
        if not any(again[k].bad.any() for k in faulty) and all(one.share >= tried[k].share for k, one in again.items()):
            return marks, [again.get(k, one) for k, one in enumerate(tried)]
    return found.marks, tried


def _column(path, text, found, k, name, strings, tried, marks, more) -> Column:
    import pyarrow.compute as pc

    if tried.share >= 0.5 or tried.missing.all():
        said = ""
        if tried.bad.any():
            i = int(np.flatnonzero(tried.bad)[0])
            cell = clean(strings[i].as_py(), 24)
            said = f"row {line_of(text, found, i):,}, column {k + 1}: {cell!r} is not a number"
            if Marks(",").is_number(cell) and found.separator != ",":
                said += "; the others have a decimal point"
        lost = int((~np.isfinite(tried.values)).sum())
        marked = pc.any(pc.match_substring_regex(strings, r"^0\d+$")).as_py()  # 007 is a name, not a number
        return Column(name, tried.values, None, said, counts(tried.values), lost, bool(marked))
    codes, words = coded(strings)
    codes[tried.missing] = -1
    bad = int(np.flatnonzero(tried.bad)[0])
    said = f"row {line_of(text, found, bad):,}, column {k + 1}: {clean(strings[bad].as_py(), 24)!r} is not a number"
    return Column(name, codes, words, said, False, int((codes < 0).sum()))


def line_of(text: bytes, found: Dialect, row: int) -> int:
    """The line, counted as an editor does, of a row."""
    wanted = row + found.skip
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.strip() and not COMMENT.match(line):
            odd = number > 1 and not line.strip(found.separator.encode() + b' "')
            if odd and len(cells(line.decode(errors="replace"), found.separator)) != found.columns:
                continue
            if wanted == 0:
                return number
            wanted -= 1
    return 0


def _uneven(path: str, text: bytes, found: Dialect) -> Wrong:
    """The complaint about the first row with another number of columns."""
    skip = found.skip
    for number, line in enumerate(text.decode(errors="replace").split("\n"), 1):
        if not line.strip() or COMMENT.match(line.encode()):
            continue
        if skip:
            skip -= 1
            continue
        line = line.partition(" #")[0]
        if line.count('"') % 2:
            return fault(path, f"row {number:,} opens a quotation mark and does not close it")
        count = len(cells(line, found.separator))
        if count != found.columns and line.strip(found.separator + ' "'):
            given = f"{count:,} column{'' if count == 1 else 's'}"
            return fault(path, f"row {number:,} has {given}, but the rows before it have {found.columns:,}")
    return fault(path, "has rows of different lengths; give each the same number of columns")
