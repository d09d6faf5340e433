"""Which face of a collection of fonts is meant: ``file.ttc#2`` is its third; a plain name its first."""

from __future__ import annotations

import re
from collections.abc import Callable

_FACE = re.compile(r"(.*\.(?:ttc|otc))#(\d{1,3})", re.IGNORECASE | re.DOTALL)


def parted(font: str) -> tuple[str, int]:
    """The file, and the number of the face in it, from 0."""
    found = _FACE.fullmatch(font)
    return (found[1], int(found[2])) if found else (font, 0)


def named(path: str, face: int) -> str:
    """The way back."""
    return f"{path}#{face}" if face else path


def carried(font: str, move: Callable[[str], str]) -> str:
    """The same face of the file elsewhere."""
    path, face = parted(font)
    return named(move(path), face) if font else font
