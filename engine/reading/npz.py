"""Points from NPZ, numpy's archive of arrays; pickles are never loaded."""

from __future__ import annotations

import zipfile

import numpy as np

from engine.gate import opened
from engine.parts import Reader, Wrong
from engine.reading.limits import fault
from engine.reading.npy import array, header
from engine.registry import part

MAX_ARRAYS = 1000
WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # numpy's; in others a few bytes may stand for gigabytes


@part
class Npz(Reader, frozen=True, tag="npz"):
    """One array of an archive."""

    about = "The array named points or x, or else the first one with two axes; numpy.savez writes it."
    names, suffixes, magic = ("NPZ",), (".npz",), (b"PK\x03\x04",)
    rank = 30

    def read(self, path: str, dim: int | None) -> np.ndarray:
        with opened(path) as file:
            try:
                with zipfile.ZipFile(file) as archive, archive.open(chosen(path, archive)) as stream:
                    return array(path, stream, dim)
            except Wrong:
                raise
            except Exception:  # zipfile raises nearly anything at damaged bytes, in words about its own insides
                raise fault(path, "is damaged, or no NPZ archive; numpy.savez writes one") from None


def chosen(path: str, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The array named ``points`` or ``x``, or else the first one with two axes. Raises Wrong."""
    arrays = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
    if len(arrays) > MAX_ARRAYS:
        raise fault(path, f"holds more than {MAX_ARRAYS:,} arrays; save the points alone")
    named = [entry for name in ("points.npy", "x.npy") for entry in arrays if entry.filename == name]
    for entry in named[:1] or arrays:
        if entry.flag_bits & 1:
            raise fault(path, "is encrypted; save it without a password")
        if entry.compress_type not in WAYS:
            raise fault(path, "is packed in a way that numpy does not know; save it with numpy.savez_compressed")
        if named:
            return entry
        with archive.open(entry) as stream:
            if len(header(path, stream)[0]) == 2:
                return entry
    raise fault(path, "holds no array of rows and columns; save one under the name 'points'")
