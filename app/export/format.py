"""What a kind of picture file is, and how a picture gets into one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from app.export.page import Page
from app.scene.look import Look
from engine.parts import Part, Wrong
from engine.registry import FAMILIES, kinds
from engine.snapshot import Snapshot
from engine.wording import short
from engine.writing import write_atomically

FAMILIES["formats"] = "app.export.formats"


class Format(Part):
    """A kind of file that holds one picture."""

    family = "formats"

    title: ClassVar[str] = ""
    suffix: ClassVar[str] = ""  # with its dot
    vectors: ClassVar[bool] = False  # lines and letters instead of pixels
    rank: ClassVar[int] = 50

    def content(self, snapshot: Snapshot, look: Look, page: Page) -> bytes:
        """The file. Raises Wrong."""
        raise NotImplementedError


def known() -> tuple[Format, ...]:
    return tuple(cls() for cls in sorted(kinds(Format.family).values(), key=lambda cls: (cls.rank, cls.suffix)))


def of(path: str | Path) -> Format:
    """The format that the name of a file asks for. Raises Wrong."""
    suffix = Path(path).suffix.lower()
    found = next((one for one in known() if one.suffix == suffix), None)
    if found is None:
        ends = ", ".join(one.suffix for one in known())
        raise Wrong(short(Path(path).name), f"is not the name of a picture; end it in one of {ends}")
    return found


def save(path: str | Path, snapshot: Snapshot, look: Look, page: Page) -> None:
    """Write the picture atomically, in the format of its name. Raises Wrong."""
    write_atomically(Path(path), of(path).content(snapshot, look, page.check()))
