"""Points from NPZ, numpy's archive of arrays; pickles are never loaded."""

from __future__ import annotations

import lzma
import zipfile
import zlib

import numpy as np

from engine.parts import Reader, Wrong
from engine.reading.limits import brief, fault
from engine.reading.npy import array, shape_and_type
from engine.registry import part

BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError)


@part
class Npz(Reader, frozen=True, tag="npz"):
    """One array of an archive."""

    about = "The array named points or x, or else the first one with two axes; numpy.savez writes it."
    names, suffixes, magic = ("NPZ",), (".npz",), (b"PK\x03\x04",)
    rank = 30

    def read(self, path: str, dim: int | None) -> np.ndarray:
        """The array named ``points`` or ``x``, or else the first one with two axes."""
        try:
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".npy")]
                chosen = next((name for name in ("points.npy", "x.npy") if name in names), None)
                for name in names if chosen is None else ():
                    with archive.open(name) as stream:
                        if len(shape_and_type(path, stream)[0]) == 2:
                            chosen = name
                            break
                if chosen is None:
                    raise fault(path, "holds no array of rows and columns; save one under the name 'points'")
                return array(path, lambda: archive.open(chosen), dim)
        except Wrong:
            raise
        except (*BROKEN, ValueError) as error:
            raise fault(path, f"is not an NPZ archive that can be read: {brief(error)}") from None
