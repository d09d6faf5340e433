"""Columns from a sheet of a workbook: XLSX, XLS, ODS. python-calamine reads; its cells go the way of a table's."""

from __future__ import annotations

import zipfile
from typing import Any

import msgspec

from engine.gate import opened
from engine.parts import Reader, Wrong
from engine.reading.choice import Choice, Layout
from engine.reading.contents import Contents
from engine.reading.limits import fault
from engine.reading.table import MAX_CELLS, table
from engine.registry import part
from engine.wording import clean

MAX_UNPACKED = 256 * 2**20


@part
class Workbook(Reader, frozen=True, tag="workbook"):
    """One sheet."""

    about = "The sheet that is named, or the first one with cells (with the extra: pip install 'rewire[files]')."
    names, suffixes = ("XLSX", "ODS"), (".xlsx", ".xlsm", ".xls", ".ods")
    rank = 36

    def aside(self, path: str, start: bytes) -> bool:
        return True

    def contents(self, path: str, choice: Choice) -> Contents:
        try:
            from python_calamine import load_workbook
        except ImportError:
            raise fault(path, "needs python-calamine; pip install 'rewire[files]', or save it as CSV") from None
        _check_packed(path)
        try:
            book = load_workbook(path)
            names = list(book.sheet_names)
        except Exception:
            raise fault(path, "is damaged, encrypted, or no workbook; save it again") from None
        wanted = choice.layout.array
        if wanted and wanted not in names:
            raise Wrong("array", f"{wanted!r} is no sheet, of {', '.join(clean(name, 24) for name in names[:8])}")
        for name in [wanted] if wanted else names:
            rows = _rows(path, book, name)
            if rows:
                return _contents(path, rows, name, names, choice)
        raise fault(path, "has no cells; give one point per row")


def _check_packed(path: str) -> None:
    """Raise Wrong for an archive of more than may be unpacked."""
    with opened(path) as file:
        if file.read(4) != b"PK\x03\x04":
            return
        try:
            with zipfile.ZipFile(file) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
        except Exception:
            raise fault(path, "is damaged, or no workbook; save it again") from None
    if size > MAX_UNPACKED:
        raise fault(path, f"unpacks to {size // 2**20:,} MiB; {MAX_UNPACKED // 2**20} MiB at most")


def _rows(path: str, book: Any, name: str) -> list[list[Any]]:
    try:
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > MAX_CELLS // 10:
            raise fault(path, f"has {sheet.total_height:,} rows of {sheet.total_width:,} columns; save it as CSV")
        return sheet.to_python(skip_empty_area=True)
    except Wrong:
        raise
    except Exception:
        raise fault(path, f"has a sheet {clean(name, 24)!r} that cannot be read; save it again") from None


def _contents(path: str, rows: list[list[Any]], name: str, names: list[str], choice: Choice) -> Contents:
    text = "\n".join("\t".join(map(_cell, row)) for row in rows).encode()
    layout = choice.layout
    plain = Layout(encoding="utf-8", separator="tab", decimal=".", missing=layout.missing, header=layout.header)
    found = table(path, text, msgspec.structs.replace(choice, layout=plain))
    told = msgspec.structs.replace(
        found.found,
        format="workbook",
        encoding="",
        separator="",
        decimal="",
        array=clean(name, 40),
        arrays=tuple(clean(one, 40) for one in names) if len(names) > 1 else (),
    )
    return Contents(found.columns, told)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return repr(value)
    return str(value).replace("\t", " ").replace("\n", " ").replace("\r", " ").replace('"', "'")
