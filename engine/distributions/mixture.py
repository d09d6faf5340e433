"""A mixture of Gaussians."""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec
import numpy as np

from engine.laws.mixture import Mixture, covariance
from engine.laws.placement import Placement
from engine.laws.shapes import FAR, draw, draw_classed
from engine.parts import Distribution, Wrong, knob
from engine.registry import part

MAX_COMPONENTS = 1000


@part
class GaussianMixture(Distribution, frozen=True, tag="mixture"):
    """sum_k w_k N(mean_k, std_k² C_k), the weights divided by their sum."""

    about = (
        "Σ w_k N(mean_k, std_k² C_k) in R^d, the weights divided by their sum. A mean is a row of d numbers, or of a "
        "single one for all axes; C_k = 1 unless covariances say otherwise."
    )
    rank = 1

    means: Annotated[
        tuple[tuple[float, ...], ...],
        knob("means", -FAR, FAR, tip="One row per component: d numbers, or a single one for all axes."),
    ] = ((-2.0,), (2.0,))
    stds: Annotated[
        tuple[float, ...], knob("stds", 0.0, 1e3, tip="Standard deviation σ of each component; 0 is a point.")
    ] = (0.5, 0.5)
    weights: Annotated[tuple[float, ...], knob("weights", 0.0, 1e6, tip="Share of each component: w_k / Σ w_j.")] = (
        0.5,
        0.5,
    )
    covariances: Annotated[
        tuple[tuple[float, ...], ...],
        knob(
            "covariances",
            -FAR,
            FAR,
            tip="C of N(mean, std² C), one row per component or a single one for all: d² numbers row by row, d numbers "
            "for a diagonal, or one for all axes.",
        ),
    ] = ((1.0,),)

    def turned(self, name: str, value: Any) -> GaussianMixture:
        """A new number of means brings as many stds and weights: the last ones again, or the first ones only."""
        new = super().turned(name, value)
        if name != "means" or not value:
            return new
        follow = {
            k: (old + old[-1:] * len(value))[: len(value)] for k in ("stds", "weights") if (old := getattr(self, k))
        }
        if 1 < len(self.covariances) == len(self.means):
            follow["covariances"] = (self.covariances + self.covariances[-1:] * len(value))[: len(value)]
        return msgspec.structs.replace(new, **follow)

    def resized(self, dim: int) -> GaussianMixture:
        """With the covariances of the axes that are left; new axes have the variance std²."""
        rows = tuple(row if len(row) == 1 else _cut(row, dim) for row in self.covariances)
        return msgspec.structs.replace(self, covariances=rows)

    def check(self, dim: int) -> None:
        count = len(self.means)
        if not 0 < count <= MAX_COMPONENTS:
            raise Wrong("means", f"holds {count:,} means; give 1 to {MAX_COMPONENTS:,} of them")
        for row, mean in enumerate(self.means, 1):
            if len(mean) not in (1, dim):
                numbers = f"{len(mean)} number{'' if len(mean) == 1 else 's'}"
                raise Wrong("means", f"has {numbers} in row {row}, but the dimension is {dim}")
        for name in ("stds", "weights"):
            found = len(getattr(self, name))
            if found != count:
                numbers = f"{found} number{'' if found == 1 else 's'}"
                raise Wrong(name, f"has {numbers}, but there are {count} means; give one per mean")
        if sum(self.weights) <= 0:
            raise Wrong("weights", "adds up to 0; at least one weight must be above 0")
        if len(self.covariances) not in (1, count):
            found = f"{len(self.covariances)} row{'' if len(self.covariances) == 1 else 's'}"
            raise Wrong("covariances", f"has {found}, but there are {count} means; give one per mean, or a single one")
        for row, numbers in enumerate(self.covariances, 1):
            try:
                covariance(numbers, dim)
            except ValueError as error:
                raise Wrong("covariances", f"has {error} in row {row}") from None

    def moved(self, by: Placement, dim: int) -> GaussianMixture | None:
        """Exactly: every component is a Gaussian again. Its shapes stay readable as long as all axes scale alike."""
        if not by.even:
            return None
        means = np.array([np.broadcast_to(np.asarray(mean, float), dim) for mean in self.means])
        rows = tuple(_turned(row, by, dim) for row in self.covariances)
        stds = tuple(by.scale * s for s in self.stds)
        places = tuple(map(tuple, by.at(means).tolist()))
        return msgspec.structs.replace(self, means=places, stds=stds, covariances=rows)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return draw(self.mixture(dim), n, rng)

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return draw_classed(self.mixture(dim), n, rng)

    def mixture(self, dim: int) -> Mixture:
        weights, stds = np.asarray(self.weights, float), np.asarray(self.stds, float)
        means = np.array([np.broadcast_to(np.asarray(mean, float), dim) for mean in self.means])
        if self.covariances == ((1.0,),):
            return Mixture(weights / weights.sum(), means, np.tile(stds[:, None], (1, dim)))
        each = np.array([covariance(row, dim) for row in self.covariances])
        return Mixture.of(weights / weights.sum(), means, stds[:, None, None] ** 2 * each)


def _turned(row: tuple[float, ...], by: Placement, dim: int) -> tuple[float, ...]:
    """The numbers of a covariance after the turn alone; those of a round one as they are."""
    if not by.turned or len(row) == 1:
        return row
    (made,) = Placement(np.zeros(dim), 1.0, by.turn).covariances(covariance(row, dim)[None])
    return tuple(made.ravel().tolist())


def _cut(row: tuple[float, ...], dim: int) -> tuple[float, ...]:
    """A diagonal or a matrix, as its row of numbers, in ``dim`` dimensions: cut, or filled up with the identity."""
    size = math.isqrt(len(row))
    if size**2 != len(row):
        return (row + (1.0,) * dim)[:dim]
    return tuple(row[i * size + j] if max(i, j) < size else float(i == j) for i in range(dim) for j in range(dim))
