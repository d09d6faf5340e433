"""Clouds from data files that nobody vouches for, by the reader of their format. All is bounded before it is read."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import msgspec
import numpy as np

from engine.gate import opened
from engine.parts import MAX_POINTS, Reader, Wrong
from engine.reading import apart
from engine.reading.assembly import Reading, reading
from engine.reading.choice import NOTHING, Choice, Layout
from engine.reading.contents import Contents, Found, of_array, packed, sampled, unpacked
from engine.reading.limits import brief, check_columns, check_values, checked, fault
from engine.registry import homeless, kinds

KEPT = 8  # files, and as many clouds
MOST = 2**29  # bytes of all of them, but for the last two
START = 16  # bytes that tell a format

T = TypeVar("T")
#: Contents and clouds, by file and how it is read; complaints too: a bad file is read once.
_kept: OrderedDict[tuple, tuple[Contents | Reading | Wrong, object]] = OrderedDict()
_lock = threading.Lock()


def cloud(path: str, dim: int | None = None, choice: Choice = NOTHING) -> np.ndarray:
    """The points of a file, (n, d) float64, read-only; with ``dim``, d must be that. Raises Wrong, at ``path`` or at
    the knob that cannot be."""
    return chosen(path, dim, choice).points


def chosen(path: str, dim: int | None = None, choice: Choice = NOTHING) -> Reading:
    """The cloud of a file by a choice that leaves no doubt. Raises Wrong, for a doubt too."""
    found = reading_of(path, dim, choice)
    doubts = (*contents_of(path, choice.layout, dim).found.doubts, *found.doubts)
    if doubts:
        raise fault(path, doubts[0])
    return found


def reading_of(path: str, dim: int | None = None, choice: Choice = NOTHING) -> Reading:
    """The cloud of a file, what is in doubt as it is most likely meant. Raises Wrong."""
    found = contents_of(path, choice.layout, dim)
    return _remembered((id(found), path, choice, dim), lambda: reading(path, found, choice, dim), found)


def contents_of(path: str, layout: Layout = NOTHING.layout, dim: int | None = None) -> Contents:
    """The columns of a file; ``dim`` is for readers that give points alone. Raises Wrong, at ``path``."""
    state = checked(path)
    reader = reader_of(path) or kinds("readers")["table"]
    key = (path, state, reader, layout, None if _has_columns(reader) else dim)
    return _remembered(key, lambda: _found(path, state[1], reader, layout, dim))


def _remembered(key: tuple, make: Callable[[], T], of: object = None) -> T:
    """What was made for this key before, or is made now; complaints as well. ``of`` lives as long as it is kept."""
    with _lock:
        found = _kept.get(key)
    if found is None:
        try:
            found = make(), of
        except apart.Late:
            raise
        except Wrong as wrong:
            found = wrong, of
        with _lock:
            _kept[key] = found
            while len(_kept) > 2 * KEPT or (len(_kept) > 2 and sum(map(_size, _kept.values())) > MOST):
                _kept.popitem(last=False)
    if isinstance(found[0], Wrong):
        raise Wrong(found[0].where, found[0].message)
    return found[0]


def _size(kept: tuple[Contents | Reading | Wrong, object]) -> int:
    """Bytes of an entry, roughly."""
    found = kept[0]
    if isinstance(found, Contents):
        return sum(column.values.nbytes for column in found.columns)
    return found.points.nbytes if isinstance(found, Reading) else 0


def reader_of(path: str) -> type[Reader] | None:
    """What reads a file of this name, or of a name that tells nothing by its first bytes; None where none says so."""
    readers, suffix = kinds("readers").values(), os.path.splitext(path)[1].lower()
    by_name = next((reader for reader in readers if suffix in reader.suffixes), None)
    if by_name is not None:
        return by_name
    start = _start(path, max(len(magic) for reader in readers for magic in (b"", *reader.magic)))
    return next((reader for reader in readers if reader.magic and start.startswith(reader.magic)), None)


def _start(path: str, count: int = START) -> bytes:
    try:
        with opened(path) as file:
            return file.read(count)
    except (OSError, ValueError):
        return b""


def _has_columns(reader: type[Reader]) -> bool:
    return reader.contents is not Reader.contents


def _found(path: str, size: int, reader: type[Reader], layout: Layout, dim: int | None) -> Contents:
    """The contents; a large file is read apart, if another process can have its reader. Raises Wrong."""
    kind = reader.__struct_config__.tag
    here = homeless(reader) or (size <= apart.QUICK and not reader().aside(path, _start(path)))
    asked = msgspec.json.encode(layout).decode()
    try:
        told, arrays = (read if here else _elsewhere)(path, asked, dim, kind)
    except MemoryError:
        raise fault(path, "needs more memory to read than there is; give a smaller file") from None
    return unpacked(told, arrays)


def _elsewhere(*given: str | int | None) -> tuple[str, list[np.ndarray]]:
    return apart.read(read, *given)


def read(path: str, layout: str, dim: int | None, kind: str) -> tuple[str, list[np.ndarray]]:
    """The contents of a file that may be read, packed, by the reader of this kind. Raises Wrong, and nothing else."""
    reader = kinds("readers")[kind]
    try:
        if _has_columns(reader):
            choice = Choice(layout=msgspec.json.decode(layout, type=Layout))
            return packed(sampled(reader().contents(path, choice)))
        points = np.asarray(reader().read(path, dim), dtype=np.float64)
        if points.ndim != 2 or not 1 <= len(points) <= MAX_POINTS:
            right = f"a reader gives (n, d), n from 1 to {MAX_POINTS:,}"
            raise fault(path, f"was read as an array of shape {points.shape}; {right}")
        check_columns(path, points.shape[1], dim)
        check_values(path, points, lambda index: index + 1)
        names = ("",) * points.shape[1]
        return packed(of_array(points, names, Found(reader.names[0] if reader.names else kind, upright=len(names))))
    except (Wrong, MemoryError):
        raise
    except OSError as error:
        raise fault(path, f"cannot be read: {error.strerror or brief(error)}") from None
    except Exception as error:  # anybody's reader may meet anybody's file
        raise fault(path, f"cannot be read as {' or '.join(reader.names)}: {brief(error)}") from None
