"""Points from a file."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.parts import Distribution, knob
from engine.reading.clouds import cloud
from engine.registry import part


@part
class File(Distribution, frozen=True, tag="file"):
    """A row of the file, chosen uniformly, plus jitter: (1/m) sum_i N(x_i, jitter² I)."""

    about = (
        "One of the file's rows, chosen uniformly with replacement, plus N(0, jitter² I). One point per row, "
        "exactly d columns."
    )
    rank = 15

    path: Annotated[
        str,
        knob("file", tip="One point per row, d columns, 1,000,000 rows at most.", editor="path"),
    ] = ""
    jitter: Annotated[
        float, knob("jitter", 0.0, 1e2, tip="Standard deviation of N(0, jitter² I), added to every point drawn.")
    ] = 0.0

    def check(self, dim: int) -> None:
        cloud(self.path, dim)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        rows = cloud(self.path, dim)
        return rows[rng.integers(len(rows), size=n)] + self.jitter * rng.standard_normal((n, dim))

    def points(self, dim: int) -> np.ndarray | None:
        return cloud(self.path, dim) if self.jitter == 0 else None

    def files(self) -> tuple[str, ...]:
        return (self.path,) if self.path else ()
