"""What can be had as numbers or text: the base of the parts in app/export/data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.export.page import Page
from app.scene.look import Look
from engine.parts import Part, Wrong
from engine.probe import Probe
from engine.registry import FAMILIES, kinds
from engine.snapshot import RoundView, Snapshot
from engine.tree import title

FAMILIES["data"] = "app.export.data"
TEXTS = (".csv", ".md", ".tex", ".py", ".toml")  # that people read


@dataclass(frozen=True, eq=False)
class Matter:
    """What is on show: the numbers are those of this snapshot, seen so, on this page."""

    snapshot: Snapshot
    look: Look
    page: Page

    @property
    def view(self) -> RoundView:
        """The round on show. Raises Wrong where there is none yet."""
        if not self.snapshot.rounds:
            raise Wrong("", "there are no pairs yet")
        return self.snapshot.rounds[self.look.shown(self.snapshot)]

    @property
    def where(self) -> str:
        """It in words."""
        return f"round {title(self.view.name)}" if self.view.number else "the coupling"


class Datum(Part):
    """Something that can be had as a file, in any of its ``suffixes``, the usual one first."""

    family = "data"

    title: ClassVar[str] = ""
    hint: ClassVar[str] = ""
    suffixes: ClassVar[tuple[str, ...]] = ()
    name: ClassVar[str] = "data"  # of the file, to begin with
    measured: ClassVar[bool] = False  # it is made of figures: without a window they are waited for
    paged: ClassVar[bool] = False  # it is that of a picture
    rank: ClassVar[int] = 50

    def needs(self, matter: Matter) -> Iterable[Probe]:
        """What has to be answered for it."""
        return ()

    def content(self, matter: Matter, suffix: str) -> bytes:
        """The file. Raises Wrong where there is nothing to be had."""
        raise NotImplementedError


def data() -> tuple[type[Datum], ...]:
    return tuple(sorted(kinds(Datum.family).values(), key=lambda cls: cls.rank))


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Every digit; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue().encode()


def as_npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Plain arrays: no pickle is needed to read them."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def axes(dim: int) -> list[str]:
    """Names of coordinates."""
    return list("xyz"[:dim]) + [f"x{k}" for k in range(4, dim + 1)]
