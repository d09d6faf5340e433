"""A file, or a folder of files, that is there when it is complete, and not before."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.parts import Wrong
from engine.writing import SCRATCH, reason, settle

OURS = re.compile(r"frame-\d+\.png|beamer\.tex")  # what a folder of ours holds


@contextmanager
def whole(path: Path, scratch: Path | None = None) -> Iterator[Path]:
    """The place beside ``path`` to write to: it takes the path's place at the end, and is gone if anything raises.

    Raises Wrong, in one sentence, whatever the disk says.
    """
    try:
        place = path.resolve()
        check_place(place)
        scratch = scratch or scratch_for(place)
        try:
            yield scratch
            _safe(scratch)
            _put(scratch, place)
        except BaseException:
            drop(scratch)
            raise
    except (OSError, RuntimeError) as error:  # links in a circle
        raise Wrong(path.name, f"cannot be written ({reason(error)})") from None


def scratch_for(place: Path) -> Path:
    """A name beside this one that is nobody's."""
    return place.with_name(f".{place.name[:40]}.{secrets.token_hex(8)}{SCRATCH}")


def check_place(place: Path) -> None:
    """Raise Wrong where nothing can be put: no folder to be in, or a folder of somebody's that would be lost."""
    if not place.parent.is_dir():
        raise Wrong(place.name, f"cannot be written: there is no folder {place.parent}")
    if not os.access(place.parent, os.W_OK):
        raise Wrong(place.name, f"cannot be written: nothing can be put into {place.parent}")
    if place.is_dir() and not all(OURS.fullmatch(name) for name in os.listdir(place)):
        raise Wrong(place.name, "is a folder that holds other files; choose another name")


def drop(scratch: Path) -> None:
    """What was begun is gone."""
    with suppress(OSError):
        scratch.unlink() if not scratch.is_dir() else shutil.rmtree(scratch)


def _safe(scratch: Path) -> None:
    """On the disk, and not only on its way to it."""
    for path in (*scratch.glob("*"), scratch) if scratch.is_dir() else (scratch,):
        handle = os.open(path, os.O_RDONLY)
        try:
            with suppress(OSError):  # Windows asks for one that is open for writing
                os.fsync(handle)
        finally:
            os.close(handle)


def _put(scratch: Path, place: Path) -> None:
    if scratch.is_dir() and place.is_dir():
        old = scratch_for(place)
        os.replace(place, old)
        try:
            os.replace(scratch, place)
        except BaseException:
            os.replace(old, place)
            raise
        settle(place.parent)  # before the old one goes
        shutil.rmtree(old, ignore_errors=True)
        return
    if place.is_file():
        os.chmod(scratch, place.stat().st_mode & 0o777)
    os.replace(scratch, place)
    settle(place.parent)
