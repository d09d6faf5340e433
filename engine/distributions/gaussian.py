"""One Gaussian."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.parts import Distribution, Mixture, knob
from engine.registry import part
from engine.shapes import FAR, per_axis


@part
class Gaussian(Distribution, frozen=True, tag="gaussian"):
    """N(mean, diag(std²))."""

    about = "N(mean, diag(std²)) in R^d; mean and std are each a number for all axes, or one per axis."
    rank = 0

    mean: Annotated[
        float | tuple[float, ...], knob("mean", -FAR, FAR, tip="Centre: a number for all axes, or one per axis.")
    ] = 0.0
    std: Annotated[
        float | tuple[float, ...],
        knob("std", 0.0, 1e3, tip="Standard deviation: a number for all axes, or one per axis; 0 is a point."),
    ] = 1.0

    def check(self, dim: int) -> None:
        per_axis("mean", self.mean, dim)
        per_axis("std", self.std, dim)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(self.mean) + np.asarray(self.std) * rng.standard_normal((n, dim))

    def mixture(self, dim: int) -> Mixture:
        return Mixture(np.ones(1), np.full((1, dim), self.mean, float), np.full((1, dim), self.std, float))
