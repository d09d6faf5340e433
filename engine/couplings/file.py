"""Pairs from a file."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.parts import Coupling, Distribution, Pairs, Wrong, knob
from engine.reading.choice import Array, Choice, Decimal, Encoding, Header, Layout, Missing, Separator, Thousands
from engine.reading.clouds import cloud
from engine.registry import part


@part
class File(Coupling, frozen=True, tag="file"):
    """A row of the file, chosen uniformly with replacement: its first d numbers are X0, the other d are X1."""

    about = (
        "Pairs are rows of a file, chosen uniformly with replacement: d numbers of X0, then d of X1. Its two "
        "halves take the place of the chosen source and target; smoothing adds N(0, smoothing² I) to X0."
    )
    replaces = ("source", "target")
    rank = 11

    pairs: Pairs = 50_000
    path: Annotated[
        str,
        knob("file", tip="One pair per row, 2d columns, 1,000,000 rows at most.", editor="path"),
    ] = ""
    smoothing: Annotated[
        float, knob("smoothing", 0.0, 1e2, tip="Gaussian smoothing of the source: N(0, smoothing² I) added to X0.")
    ] = 0.0

    columns: Annotated[
        tuple[str, ...], knob("columns", tip="Those of X0, then of X1, by name or number from 1.", editor="reading")
    ] = ()
    array: Array = ""
    encoding: Encoding = ""
    separator: Separator = ""
    decimal: Decimal = ""
    thousands: Thousands = ""
    missing: Missing = ()
    header: Header = ""

    @property
    def choice(self) -> Choice:
        """The same knobs as the readers take them; pairs stay where they are, or they would be other pairs."""
        layout = Layout(
            self.array, self.encoding, self.separator, self.decimal, self.thousands, self.missing, header=self.header
        )
        return Choice(layout, self.columns, normalise="none")

    def check(self, dim: int) -> None:
        rows(self.path, dim, self.choice)

    def ends(self, source: Distribution, target: Distribution) -> tuple[Distribution, Distribution]:
        return Half(self.path, self.choice, 0, self.smoothing), Half(self.path, self.choice, 1)

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """As many rows of the file as x0 has points; the points of x0 and x1 are not used."""
        found = rows(self.path, x0.shape[1], self.choice)
        found = found[rng.integers(len(found), size=len(x0))]
        z0, z1 = (np.ascontiguousarray(half) for half in np.split(found, 2, axis=1))
        return (z0 + self.smoothing * rng.standard_normal(z0.shape) if self.smoothing else z0), z1

    def files(self) -> tuple[str, ...]:
        return (self.path,) if self.path else ()


class Half(Distribution, frozen=True, tag="half"):
    """One end of a file's pairs, chosen uniformly, plus N(0, jitter² I). No kind to choose: it is what a file of pairs
    leads to."""

    path: str
    choice: Choice
    end: int  # 0: the first d columns, 1: the other d
    jitter: float = 0.0

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        half = rows(self.path, dim, self.choice)[:, self.end * dim : (self.end + 1) * dim]
        x = half[rng.integers(len(half), size=n)]
        return x + self.jitter * rng.standard_normal(x.shape) if self.jitter else x


def rows(path: str, dim: int, choice: Choice) -> np.ndarray:
    """The file's pairs (m, 2 dim), read-only. Raises Wrong, at ``path``."""
    try:
        return cloud(path, 2 * dim, choice)
    except Wrong as wrong:
        count, of_points, right = wrong.message.partition(", but the dimension is")
        if not of_points:
            raise
        needed = f"{count}, but a pair in dimension {dim} has {2 * dim} numbers; give {dim} for X0, then {dim} for X1"
        if "name those" in right:
            listed = right.partition(" of ")[2].partition(", or set the dimension")[0]
            needed = f"{needed} (columns), of {listed}"
        raise Wrong(wrong.where, needed) from None
