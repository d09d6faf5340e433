"""One Gaussian."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from engine.laws.mixture import FLAT, Mixture
from engine.laws.placement import Placement, axes
from engine.laws.shapes import FAR, draw, per_axis
from engine.parts import Distribution, Wrong, knob
from engine.registry import part


@part
class Gaussian(Distribution, frozen=True, tag="gaussian"):
    """N(mean, Σ) with Σ_kl = ρ_kl std_k std_l."""

    about = (
        "N(mean, Σ) in R^d with Σ_kl = ρ_kl std_k std_l; mean and std are each a number for all axes, or one per axis, "
        "ρ is the correlation of two axes."
    )
    rank = 0

    mean: Annotated[
        float | tuple[float, ...], knob("mean", -FAR, FAR, tip="Centre: a number for all axes, or one per axis.")
    ] = 0.0
    std: Annotated[
        float | tuple[float, ...],
        knob("std", 0.0, 1e3, tip="Standard deviation: a number for all axes, or one per axis; 0 is a point."),
    ] = 1.0
    correlation: Annotated[
        float | tuple[float, ...],
        knob(
            "correlation",
            -1.0,
            1.0,
            tip="ρ of every two axes: a number for all, or in 3-D those of axes 1 and 2, 1 and 3, 2 and 3.",
        ),
    ] = 0.0

    def resized(self, dim: int) -> Gaussian:
        """With the correlations of the axes that are left; new axes have none."""
        if not isinstance(self.correlation, tuple) or len(self.correlation) == dim * (dim - 1) // 2:
            return self
        fitted = {1: 0.0, 2: self.correlation[:1], 3: (*self.correlation[:1], 0.0, 0.0)}[dim]
        return msgspec.structs.replace(self, correlation=fitted)

    def check(self, dim: int) -> None:
        per_axis("mean", self.mean, dim)
        per_axis("std", self.std, dim)
        given, wanted = self.correlation, dim * (dim - 1) // 2
        if isinstance(given, tuple) and len(given) != wanted:
            found = f"has {len(given)} number{'' if len(given) == 1 else 's'}"
            raise Wrong("correlation", f"{found}, but the pairs of axes are {wanted}; give one each, or a plain number")
        least = np.linalg.eigvalsh(self._correlations(dim))[0]
        if least < -FLAT:
            raise Wrong("correlation", f"no law has these: the matrix has the eigenvalue {least:.3g}, below 0")

    def moved(self, by: Placement, dim: int) -> Gaussian:
        """Exactly: N(A mean + shift, A Σ Aᵀ) is one again."""
        law = by.mixture(self.mixture(dim))
        mean = axes(law.means[0])
        if by.even and np.ndim(self.std) == 0 and not law.tied and not self._tied(dim):  # round, whatever the turn
            return msgspec.structs.replace(self, mean=mean, std=by.scale * self.std)
        if not by.turned:  # the same correlations, to the last digit
            std = tuple(by.scale * s for s in np.full(dim, self.std, float).tolist())
            along = np.array(std) if by.even else np.array(std) * by.stretch
            return msgspec.structs.replace(self, mean=mean, std=axes(along))
        std, cov = law.stds[0], law.covariances[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            rho = np.nan_to_num(cov / np.outer(std, std)).clip(-1.0, 1.0)[np.triu_indices(dim, 1)]
        return Gaussian(mean, axes(std), 0.0 if not rho.any() else tuple(rho.tolist()))

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        if self._tied(dim):
            return draw(self.mixture(dim), n, rng)
        return np.asarray(self.mean) + np.asarray(self.std) * rng.standard_normal((n, dim))

    def mixture(self, dim: int) -> Mixture:
        weights, means = np.ones(1), np.full((1, dim), self.mean, float)
        std = np.full(dim, self.std, float)
        if self._tied(dim):
            return Mixture.of(weights, means, (self._correlations(dim) * np.outer(std, std))[None])
        return Mixture(weights, means, std[None])

    def _tied(self, dim: int) -> bool:
        return dim > 1 and bool(np.any(self.correlation))

    def _correlations(self, dim: int) -> np.ndarray:
        """The matrix of correlations (d, d)."""
        rho = np.eye(dim)
        above = np.triu_indices(dim, 1)
        rho[above] = self.correlation if dim > 1 else 0.0
        return rho + rho.T - np.eye(dim)
