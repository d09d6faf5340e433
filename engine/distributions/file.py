"""Points from a file."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.shapes import equal
from engine.parts import Distribution, knob
from engine.reading.clouds import cloud
from engine.registry import part

SMOOTHED_MOST = 1000  # rows of a mixture: each is looked at in each evaluation of a closed form


@part
class File(Distribution, frozen=True, tag="file"):
    """A row of the file, chosen uniformly, plus jitter: (1/m) sum_i N(x_i, jitter² I)."""

    about = (
        "One of the file's rows, chosen uniformly with replacement, plus N(0, jitter² I): with jitter the rows are "
        "smoothed by a Gaussian, up to 1,000 of them with closed forms. One point per row, exactly d columns."
    )
    rank = 15

    path: Annotated[
        str,
        knob("file", tip="One point per row, d columns, 1,000,000 rows at most.", editor="path"),
    ] = ""
    jitter: Annotated[
        float, knob("jitter", 0.0, 1e2, tip="Gaussian smoothing: N(0, jitter² I) is added to every point drawn.")
    ] = 0.0

    def check(self, dim: int) -> None:
        cloud(self.path, dim)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        rows = cloud(self.path, dim)
        return rows[rng.integers(len(rows), size=n)] + self.jitter * rng.standard_normal((n, dim))

    def mixture(self, dim: int) -> Mixture | None:
        rows = cloud(self.path, dim) if self.jitter > 0 else ()
        return equal(rows, self.jitter) if 0 < len(rows) <= SMOOTHED_MOST else None

    def labels(self, x: np.ndarray, dim: int) -> None:
        """A row is no class."""

    def classes(self, dim: int) -> tuple[str, int]:
        return "", 0

    def points(self, dim: int) -> np.ndarray | None:
        return cloud(self.path, dim) if self.jitter == 0 else None

    def files(self) -> tuple[str, ...]:
        return (self.path,) if self.path else ()
