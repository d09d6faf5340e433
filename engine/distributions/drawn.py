"""Points drawn by hand."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.placement import Placement
from engine.laws.shapes import FAR, embed, equal
from engine.parts import Distribution, Wrong, knob
from engine.registry import part

MAX_DOTS = 20_000


@part
class Drawn(Distribution, frozen=True, tag="drawn"):
    """A drawn dot, chosen uniformly, plus jitter: (1/m) sum_i N(x_i, jitter² I)."""

    about = (
        "One of the drawn dots, chosen uniformly with replacement, plus N(0, jitter² I). Dots with more coordinates "
        "than d keep the first d, dots with fewer get zeros."
    )
    rank = 14

    # Not named ``points``, which is the method that gives the support.
    dots: Annotated[
        tuple[tuple[float, ...], ...],
        knob("points", -FAR, FAR, tip="The drawn points: a row of coordinates each.", editor="points"),
    ] = ((-3.0, 1.5), (-1.5, -1.5), (0.0, 1.5), (1.5, -1.5), (3.0, 1.5))
    jitter: Annotated[
        float, knob("jitter", 0.0, 1e2, tip="Standard deviation of N(0, jitter² I), added to every point drawn.")
    ] = 0.05

    def check(self, dim: int) -> None:
        count = len(self.dots)
        if count == 0:
            raise Wrong("dots", "holds no points; draw at least one")
        if count > MAX_DOTS:
            raise Wrong("dots", f"holds {count:,} points; {MAX_DOTS:,} at most")
        columns = {len(dot) for dot in self.dots}
        if not columns <= {1, 2, 3}:
            raise Wrong("dots", "has a row without 1 to 3 numbers; give x, or x, y, or x, y, z")
        if len(columns) > 1:
            raise Wrong("dots", "has rows of different lengths; give every point the same number of coordinates")

    def middle(self, dim: int) -> np.ndarray:
        return self._dots(dim).mean(0)

    def moved(self, by: Placement, dim: int) -> Drawn:
        """Every dot moved; coordinates that are not in use stay."""
        dots = np.pad(np.asarray(self.dots, float), ((0, 0), (0, max(0, dim - len(self.dots[0])))))
        dots[:, :dim] = by.at(dots[:, :dim])
        return Drawn(tuple(map(tuple, dots.tolist())), by.scale * self.jitter)

    def partition(self, dim: int) -> tuple[str, int]:
        return "dot", len(self.dots)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        dots = self._dots(dim)
        dot = rng.integers(len(dots), size=n)
        return dots[dot] + self.jitter * rng.standard_normal((n, dim)), dot

    def mixture(self, dim: int) -> Mixture | None:
        return equal(self._dots(dim), self.jitter) if len(self.dots) == 1 else None

    def points(self, dim: int) -> np.ndarray | None:
        return self._dots(dim) if self.jitter == 0 else None

    def _dots(self, dim: int) -> np.ndarray:
        return embed(np.asarray(self.dots, float), dim)
