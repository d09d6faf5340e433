"""Writing a file: whole or not at all, whatever happens in between."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from engine.parts import Wrong

SCRATCH = ".part"  # end of the name of a file, or a folder, in work
BACKUP = ".bak"
_LEFT = re.compile(rf"\..*\.[0-9a-f]{{16}}{re.escape(SCRATCH)}")


def write_atomically(path: Path, content: bytes | Iterable[bytes], backup: bool = False) -> None:
    """A reader never sees half a file, the old one survives a failure, and what was written outlives a loss of power.

    A link stays a link, and an old file's mode stays its mode. ``content`` may come in pieces. ``backup``: the old file
    stays beside it, with ``.bak`` behind its name. Raises Wrong, in one sentence, whatever the disk says.
    """
    try:
        place = path.resolve()
        mode = _mode(place)
        scratch = place.with_name(f".{place.name[:40]}.{secrets.token_hex(8)}{SCRATCH}")  # of a long name, its start
        try:
            _fill(scratch, content, mode)
            if backup and mode is not None:
                _keep(place, place.with_name(place.name + BACKUP))
            os.replace(scratch, place)
        except BaseException:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
            raise
        settle(place.parent)
    except (OSError, ValueError, RuntimeError) as error:  # a name with a zero in it; links in a circle
        raise Wrong(path.name, f"cannot be written ({reason(error)})") from None


def clear_scratch(folder: Path) -> None:
    """Remove what processes that were killed while they wrote have left; for whoever has this folder for himself."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if _LEFT.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            with suppress(OSError):
                path.unlink()


def made(folder: Path) -> Path:
    """The folder, which is there from now on, writable by nobody else who could not write above it. Raises Wrong."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise Wrong(str(folder), f"cannot be made a folder ({reason(error)})") from None
    return folder


def reason(error: Exception) -> str:
    """Why the system refused, in its own few words, and without the path."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _mode(place: Path) -> int | None:
    """Of the file that is there; None where there is none. Raises OSError for what is no file."""
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError(0, "it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file")
    return stat.S_IMODE(mode) & 0o777


def _fill(scratch: Path, content: bytes | Iterable[bytes], mode: int | None) -> None:
    """A new file of this content, safe on the disk. Nobody's file or link is opened: its name must be free."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(scratch, flags, 0o666 if mode is None else 0o600), "wb") as file:
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), mode)
        for piece in (content,) if isinstance(content, bytes) else content:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _keep(place: Path, backup: Path) -> None:
    """Give the file another name too; where the file system knows no second names, a copy has it."""
    scratch = place.with_name(f".{place.name[:40]}.{secrets.token_hex(8)}{SCRATCH}")
    try:
        try:
            os.link(place, scratch)
        except (OSError, NotImplementedError, AttributeError):
            _fill(scratch, place.read_bytes(), stat.S_IMODE(place.stat().st_mode) & 0o777)
        os.replace(scratch, backup)
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def settle(folder: Path) -> None:
    """The folder's own list of names, too, where its file system can be asked (Windows cannot)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
