"""Columns from Parquet and Feather; pyarrow reads, in a process of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.gate import opened
from engine.parts import Reader, Wrong
from engine.reading.cells import coded
from engine.reading.choice import Choice
from engine.reading.contents import MAX_COLUMNS, Column, Contents, Found, of_array
from engine.reading.limits import fault
from engine.reading.table import MAX_CELLS
from engine.registry import part
from engine.wording import clean

PARQUET, FEATHER = b"PAR1", b"ARROW1"


@part
class Arrow(Reader, frozen=True, tag="arrow"):
    """The columns that are numbers or words."""

    about = "A table of named columns; pandas, Polars and R write it."
    names, suffixes, magic = ("Parquet", "Feather"), (".parquet", ".pq", ".feather", ".arrow"), (PARQUET, FEATHER)
    rank = 32

    def aside(self, path: str, start: bytes) -> bool:
        return True

    def contents(self, path: str, choice: Choice) -> Contents:
        with opened(path) as file:
            start = file.read(6)
            if not start.startswith((PARQUET, FEATHER)):
                raise fault(path, "is neither Parquet nor Feather, by its first bytes; give it the right suffix")
            try:
                return _parquet(path, file) if start.startswith(PARQUET) else _feather(path, file)
            except (Wrong, MemoryError):
                raise
            except Exception as error:  # pyarrow raises nearly anything at damaged bytes, in words about its insides
                import pyarrow as pa

                if isinstance(error, pa.ArrowMemoryError):
                    raise MemoryError from None
                raise fault(path, "is damaged, or no whole file; write it again") from None


def _bounded(path: str, rows: int, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise fault(path, f"has {columns:,} columns; {MAX_COLUMNS:,} at most")
    if rows * columns > MAX_CELLS:
        raise fault(path, f"has {rows:,} rows of {columns:,} columns; {MAX_CELLS:,} cells at most")


def _parquet(path: str, file: Any) -> Contents:
    import pyarrow.parquet

    whole = pyarrow.parquet.ParquetFile(file, page_checksum_verification=True)
    _bounded(path, whole.metadata.num_rows, whole.metadata.num_columns)
    names = [field.name for field in whole.schema_arrow if _usable(field.type)]
    table = whole.read(columns=names)
    table.validate(full=True)
    return _columns(path, table, "Parquet")


def _feather(path: str, file: Any) -> Contents:
    import pyarrow.ipc

    whole = pyarrow.ipc.open_file(file)
    batches, rows = [], 0
    for k in range(whole.num_record_batches):
        batches.append(whole.get_batch(k))
        batches[-1].validate(full=True)  # Arrow's functions trust what they are given
        rows += batches[-1].num_rows
        _bounded(path, rows, len(whole.schema))
    import pyarrow as pa

    return _columns(path, pa.Table.from_batches(batches, whole.schema), "Feather")


def _usable(kind: Any) -> bool:
    import pyarrow.types as of

    number = of.is_integer(kind) or of.is_floating(kind) or of.is_boolean(kind) or of.is_decimal(kind)
    return number or of.is_string(kind) or of.is_large_string(kind) or of.is_dictionary(kind)


def _columns(path: str, table: Any, form: str) -> Contents:
    import pyarrow as pa
    import pyarrow.types as of

    columns = []
    for field, values in zip(table.schema, table.columns, strict=True):
        name = clean(field.name, 60)
        if not _usable(field.type):
            continue
        if of.is_dictionary(field.type):
            values = values.cast(field.type.value_type)
        if of.is_string(values.type) or of.is_large_string(values.type):
            codes, words = coded(values)
            told = f"row 1: {(words or ('',))[max(0, codes[0])] if len(codes) else ''!r} is not a number"
            columns.append(Column(name, codes, words, told, False, int((codes < 0).sum())))
        else:
            numbers = values.cast(pa.float64(), safe=False) if not of.is_boolean(values.type) else values.cast("int8")
            x = np.array(numbers.cast(pa.float64()).to_numpy(), float)
            columns += of_array(x.reshape(-1, 1), (name,), Found()).columns
    if not columns or not len(table):
        raise fault(path, "holds no columns of numbers with rows; give one point per row")
    return Contents(tuple(columns), Found(form, named=True, rows=len(table)))
