"""Points from a file."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.shapes import equal
from engine.parts import Distribution, knob
from engine.reading.assembly import Reading
from engine.reading.choice import (
    Array,
    Choice,
    Decimal,
    Encoding,
    Header,
    Layout,
    Missing,
    Normalise,
    Separator,
    Surface,
    Thousands,
)
from engine.reading.clouds import chosen
from engine.registry import part

SMOOTHED_MOST = 1000  # rows of a mixture: each is looked at in each evaluation of a closed form


@part
class File(Distribution, frozen=True, tag="file"):
    """A row of the file, chosen by its weight, plus jitter: sum_i w_i N(x_i, jitter² I)."""

    about = (
        "One of the file's rows, chosen uniformly (or by its weight) with replacement, plus N(0, jitter² I): with "
        "jitter the rows are smoothed by a Gaussian, up to 1,000 of them with closed forms."
    )
    rank = 15

    path: Annotated[str, knob("file", tip="A table, an array, a mesh or a point cloud.", editor="path")] = ""
    jitter: Annotated[
        float, knob("jitter", 0.0, 1e2, tip="Gaussian smoothing: N(0, jitter² I) is added to every point drawn.")
    ] = 0.0
    normalise: Annotated[
        Normalise,
        knob("normalise", tip="as needed: as it stands, centred where its digits would be lost; fit to box: side 6."),
    ] = "as needed"
    columns: Annotated[
        tuple[str, ...], knob("columns", tip="Coordinates, by name or number from 1.", editor="reading")
    ] = ()
    classes: Annotated[str, knob("classes", tip="The column of labels.", editor="reading")] = ""
    only: Annotated[tuple[str, ...], knob("only", tip="The classes that are kept.", editor="reading")] = ()
    weights: Annotated[str, knob("weights", tip="The column of weights.", editor="reading")] = ""
    array: Array = ""
    encoding: Encoding = ""
    separator: Separator = ""
    decimal: Decimal = ""
    thousands: Thousands = ""
    missing: Missing = ()
    header: Header = ""
    duplicates: Annotated[
        Literal["keep", "drop"], knob("duplicates", tip="Points that stand there before.", editor="reading")
    ] = "keep"
    surface: Annotated[
        Surface, knob("surface", tip="Of a mesh: its corners, or places on its faces by area.", editor="reading")
    ] = "as found"
    samples: Annotated[int, knob("samples", 1, 1_000_000, tip="Places on the faces of a mesh.", editor="reading")] = (
        20_000
    )
    origin: Annotated[
        tuple[float, ...], knob("origin", tip="Points are (x - origin)/unit; in place of a rule.", editor="reading")
    ] = ()
    unit: Annotated[tuple[float, ...], knob("unit", 0.0, tip="The unit of that.", editor="reading")] = ()

    @property
    def choice(self) -> Choice:
        """The same knobs as the readers take them."""
        given = msgspec.structs.asdict(self)
        layout = Layout(**{name: given[name] for name in Layout.__struct_fields__})
        rest = {name: given[name] for name in Choice.__struct_fields__ if name != "layout"}
        return Choice(layout=layout, **rest)

    def read(self, dim: int) -> Reading:
        """The file's cloud. Raises Wrong, at the knob that cannot be."""
        return chosen(self.path, dim, self.choice)

    def check(self, dim: int) -> None:
        self.read(dim)

    def _rows(self, n: int, dim: int, rng: np.random.Generator) -> tuple[Reading, np.ndarray]:
        found = self.read(dim)
        if found.weights is None:
            return found, rng.integers(len(found.points), size=n)
        return found, np.minimum(np.searchsorted(np.cumsum(found.weights), rng.random(n)), len(found.points) - 1)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None]:
        found, rows = self._rows(n, dim, rng)
        x = found.points[rows] + self.jitter * rng.standard_normal((n, dim))
        return x, found.labels[rows] if found.labels is not None else None

    def mixture(self, dim: int) -> Mixture | None:
        if self.jitter == 0:
            return None
        found = self.read(dim)
        if len(found.points) > SMOOTHED_MOST:
            return None
        mixture = equal(found.points, self.jitter)
        return mixture if found.weights is None else Mixture(found.weights, mixture.means, mixture.stds)

    def labels(self, x: np.ndarray, dim: int) -> np.ndarray | None:
        """The class of the nearest row, where the file has classes: a row by itself is none."""
        found = self.read(dim)
        if found.labels is None:
            return None
        from scipy.spatial import cKDTree

        return found.labels[cKDTree(found.points).query(x)[1]]

    def partition(self, dim: int) -> tuple[str, int]:
        return (self.classes, len(self.read(dim).classes)) if self.classes else ("", 0)

    def points(self, dim: int) -> np.ndarray | None:
        found = self.read(dim) if self.jitter == 0 else None
        return found.points if found is not None and found.weights is None else None

    def files(self) -> tuple[str, ...]:
        return (self.path,) if self.path else ()
