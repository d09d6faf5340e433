"""Columns from NPZ, numpy's archive of arrays; pickles are never loaded."""

from __future__ import annotations

import zipfile

import msgspec
import numpy as np

from engine.gate import opened
from engine.parts import Reader, Wrong
from engine.reading.choice import Choice
from engine.reading.contents import Column, Contents, Found
from engine.reading.limits import fault
from engine.reading.npy import array, header, labels, plain
from engine.registry import part
from engine.wording import clean, short

MAX_ARRAYS = 1000
MAX_LABELS = 4_000_000  # bytes of a text's items
WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # numpy's; in others a few bytes may stand for gigabytes
NAMES = ("points", "x", "X", "data", "coords", "positions")


@part
class Npz(Reader, frozen=True, tag="npz"):
    """One array of an archive, with those of as many labels."""

    about = "The array that is named, or points, x or X, or else the first one with two axes; numpy.savez writes it."
    names, suffixes, magic = ("NPZ",), (".npz",), (b"PK\x03\x04",)
    rank = 30

    def contents(self, path: str, choice: Choice) -> Contents:
        with opened(path) as file:
            try:
                with zipfile.ZipFile(file) as archive:
                    return _contents(path, archive, choice.layout.array)
            except (Wrong, MemoryError):
                raise
            except Exception:  # zipfile raises nearly anything at damaged bytes, in words about its own insides
                raise fault(path, "is damaged, or no NPZ archive; numpy.savez writes one") from None


def _contents(path: str, archive: zipfile.ZipFile, wanted: str) -> Contents:
    entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
    if len(entries) > MAX_ARRAYS:
        raise fault(path, f"holds more than {MAX_ARRAYS:,} arrays; save the points alone")
    by_name = {entry.filename.removesuffix(".npy"): entry for entry in entries}
    heads, damage = {}, None
    for name, entry in by_name.items():
        if entry.flag_bits & 1:
            raise fault(path, "is encrypted; save it without a password")
        if entry.compress_type not in WAYS:
            raise fault(path, "is packed in a way that numpy does not know; save it with numpy.savez_compressed")
        try:
            with archive.open(entry) as stream:
                heads[name] = header(path, stream)
        except Wrong as wrong:
            damage = damage or wrong
    tables = [name for name, (shape, kind, _) in heads.items() if len(shape) == 2 or "(" in kind]
    chosen = next((name for name in NAMES if name in by_name), tables[0] if tables else "")
    if wanted:
        if wanted not in by_name:
            listed = ", ".join(short(name, 24) for name in list(by_name)[:8])
            raise Wrong("array", f"{wanted!r} is no array of the file, which has {listed}")
        chosen = wanted
    if not chosen:
        raise damage or fault(path, "holds no array of rows and columns; save one under the name 'points'")
    arrays = tuple(f"{clean(name, 40)} {heads[name][0]}" for name in heads) if len(heads) > 1 else ()
    with archive.open(by_name[chosen]) as stream:
        found = array(path, stream, Found("NPZ"))
    more = [_beside(path, archive, by_name[name], name, heads[name], len(found)) for name in heads if name != chosen]
    told = msgspec.structs.replace(found.found, array=clean(chosen, 40), arrays=arrays)
    return Contents((*found.columns, *(column for column in more if column)), told)


def _beside(
    path: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, head: tuple, rows: int
) -> Column | None:
    """An array of as many numbers or words, one for each row: labels or weights; else nothing."""
    shape, kind, _ = head
    if shape not in ((rows,), (rows, 1)):
        return None
    if plain(kind):
        with archive.open(entry) as stream:
            column = array(path, stream).columns[0]
        return Column(clean(name, 60), column.values, None, "", False, column.missing, beside=True)
    if kind[-1:].isdigit() and kind.lstrip("<>=|")[0] in "SU" and rows * 4 * int(kind.lstrip("<>=|SU")) <= MAX_LABELS:
        with archive.open(entry) as stream:
            header(path, stream)
            dtype = np.dtype(kind)
            return labels(clean(name, 60), np.frombuffer(stream.read(rows * dtype.itemsize), dtype)[:rows])
    return None
