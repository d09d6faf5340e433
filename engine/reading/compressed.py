"""Files within gz, bz2, xz and zip: unpacked in memory, as many bytes as may be read and no more."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zipfile
from typing import IO

from engine.gate import opened
from engine.parts import Wrong
from engine.reading.limits import MAX_BYTES, fault
from engine.wording import clean, short

MAGIC = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}
SUFFIXES = (".gz", ".bz2", ".xz", ".zip")
LOW_RATIO = 2**24  # bytes that may come out of next to nothing
RATIO = 500  # of what comes out of more
WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
MAX_MEMBERS = 1000


def content(path: str) -> bytes:
    """The bytes of a file, unpacked where it is packed. Raises Wrong, and OSError for what cannot be read."""
    with opened(path) as file:
        start = file.read(6)
        file.seek(0)
        for magic, way in MAGIC.items():
            if start.startswith(magic):
                return _bounded(path, file, way)
        if start.startswith(b"PK\x03\x04"):
            return _member(path, file)
        return file.read(min(os.fstat(file.fileno()).st_size, MAX_BYTES))  # a read takes all the room it asks for


def _bounded(path: str, file: IO[bytes], way: str) -> bytes:
    size = file.seek(0, 2)
    file.seek(0)
    try:
        with {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}[way](file) as stream:
            return _drawn(path, stream, size)
    except (EOFError, lzma.LZMAError, OSError, ValueError, Exception) as error:
        if isinstance(error, Wrong | MemoryError):
            raise
        raise fault(path, f"is damaged: its {way} data end early or do not match; pack it again") from None


def _member(path: str, file: IO[bytes]) -> bytes:
    """The one file of an archive, whatever its name says about folders: nothing is written anywhere."""
    try:
        with zipfile.ZipFile(file) as archive:
            inside = [entry for entry in archive.infolist() if not entry.is_dir()]
            inside = [entry for entry in inside if not entry.filename.startswith("__MACOSX/")]
            if len(inside) != 1:
                names = ", ".join(short(entry.filename, 24) for entry in inside[:3])
                told = f"{len(inside):,} files ({names}, …)" if len(inside) > 1 else "no file"
                raise fault(path, f"holds {told}; pack the one with the points alone")
            entry = inside[0]
            if entry.flag_bits & 1:
                raise fault(path, "is encrypted; save it without a password")
            if entry.compress_type not in WAYS:
                raise fault(path, "is packed in an unknown way; pack it as plain ZIP")
            with archive.open(entry) as stream:
                return _drawn(path, stream, max(1, entry.compress_size))
    except (Wrong, MemoryError):
        raise
    except Exception:  # zipfile raises nearly anything at damaged bytes
        raise fault(path, "is damaged, or no ZIP archive; pack it again") from None


def _drawn(path: str, stream: IO[bytes], size: int) -> bytes:
    pieces, total = [], 0
    while piece := stream.read(2**20):
        pieces.append(piece)
        total += len(piece)
        if total > MAX_BYTES:
            raise fault(path, f"unpacks to more than {MAX_BYTES // 2**20} MiB; give a smaller file")
        if total > max(LOW_RATIO, RATIO * size):
            what = clean(f"{total // 2**20} MiB out of {max(1, size // 1024):,} KiB")
            raise fault(path, f"unpacks to {what} and more, which no table does; give the plain file")
    return b"".join(pieces)
