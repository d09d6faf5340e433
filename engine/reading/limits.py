"""What every data file must pass: it is a file, it is not too large, its columns and numbers make points."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable

import numpy as np

from engine.gate import opened
from engine.laws.shapes import FAR
from engine.parts import Wrong
from engine.registry import kinds
from engine.wording import clean, short

MAX_BYTES = 512 * 2**20


def formats() -> str:
    """Every format that points can be read from: "CSV, TSV, NPY or NPZ"."""
    *names, last = [name for reader in kinds("readers").values() for name in reader.names]
    return f"{', '.join(names)} or {last}" if names else last


def suffixes() -> tuple[str, ...]:
    """How the names of such files end."""
    return tuple(suffix for reader in kinds("readers").values() for suffix in reader.suffixes)


def brief(error: Exception) -> str:
    """One short line of an error that somebody's reader has raised, without the addresses of Python's objects."""
    told = (str(error).splitlines() or [""])[0].rstrip(".")
    return clean(re.sub(r"<[^<>]*>|0x[0-9a-fA-F]{6,}", "…", told), 80) or type(error).__name__


def fault(path: str, message: str) -> Wrong:
    """A complaint about the file, under its name."""
    return Wrong("path", f"{short(os.path.basename(path.rstrip('/')) or path)}: {message}")


def checked(path: str) -> tuple[int, int]:
    """(modification time, size) of a file that may be read. Raises Wrong for what is no file, or too large."""
    if not path:
        raise Wrong("path", "no file is chosen; open one")
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise fault(path, "is a folder; choose a file")
        if not stat.S_ISREG(found.st_mode):
            raise fault(path, "is a device or pipe; choose a file")
        opened(path).close()
    except FileNotFoundError:
        raise fault(path, "does not exist; choose another file") from None
    except OSError as error:
        raise fault(path, f"cannot be read: {error.strerror}") from None
    except Wrong:
        raise
    except ValueError:
        raise fault(path, "cannot be read: no file has such a name") from None
    if found.st_size > MAX_BYTES:
        raise fault(path, f"has {found.st_size / 2**20:,.0f} MiB; {MAX_BYTES // 2**20} MiB at most")
    return found.st_mtime_ns, found.st_size


def check_columns(path: str, columns: int, dim: int | None) -> None:
    """Raise Wrong unless rows of so many numbers are points of R^dim (``None``: of any dimension)."""
    count = f"has {columns} column{'' if columns == 1 else 's'}"
    if dim is None and not 1 <= columns <= 3:
        raise fault(path, f"{count}, but points have 1 to 3 coordinates; give one column per coordinate")
    if dim is not None and columns != dim:
        other = f", or set the dimension to {columns}" if 1 <= columns <= 3 else ""
        raise fault(path, f"{count}, but the dimension is {dim}; give exactly {dim}{other}")


def check_values(path: str, points: np.ndarray, row_of: Callable[[int], int]) -> None:
    """Raise Wrong for the first number that is not finite, or too large; ``row_of`` names an index to people."""
    bad = ~(np.abs(points) <= FAR)
    if bad.any():
        i, j = np.argwhere(bad)[0]
        x = points[i, j]
        what = f"{x:g} is beyond 1e6; rescale the data" if np.isfinite(x) else f"{x} is not a finite number"
        raise fault(path, f"row {row_of(int(i))}, column {j + 1}: {what}")
