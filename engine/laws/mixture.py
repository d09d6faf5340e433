"""Gaussian mixtures, and covariances from numbers that people type."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

FLAT = 1e-12  # of the largest eigenvalue of a covariance: below it there is no spread in that direction


@dataclass(frozen=True, eq=False)
class Mixture:
    """A Gaussian mixture: weights (k,), means (k, d), stds (k, d); std 0 is a point.

    ``covs`` (k, d, d) where an axis is tied to another; ``stds`` are then the roots of its diagonals. Without it the
    spreads are along the axes, which is the fast case everywhere.
    """

    weights: np.ndarray
    means: np.ndarray
    stds: np.ndarray
    covs: np.ndarray | None = None

    @classmethod
    def of(cls, weights: np.ndarray, means: np.ndarray, covs: np.ndarray) -> Mixture:
        """From covariances (k, d, d), along the axes where they are diagonal."""
        stds = np.sqrt(np.diagonal(covs, axis1=1, axis2=2))
        tied = (covs != covs * np.eye(covs.shape[-1])).any()
        return cls(weights, means, stds, covs if tied else None)

    @property
    def tied(self) -> bool:
        return self.covs is not None

    @property
    def covariances(self) -> np.ndarray:
        """(k, d, d)."""
        return self.covs if self.tied else self.stds[:, :, None] ** 2 * np.eye(self.stds.shape[1])

    @cached_property
    def roots(self) -> np.ndarray:
        """Symmetric roots of the covariances (k, d, d)."""
        if self.covs is None:
            return self.stds[:, :, None] * np.eye(self.stds.shape[1])
        values, axes = np.linalg.eigh(self.covs)
        values = np.where(values > FLAT * values[:, -1:], values, 0.0)
        return (axes * np.sqrt(values)[:, None, :]) @ axes.transpose(0, 2, 1)

    @cached_property
    def flat(self) -> np.ndarray:
        """Whether a component has no spread in some direction, (k,)."""
        if self.covs is None:
            return (self.stds == 0).any(1)
        values = np.linalg.eigvalsh(self.covs)
        return values[:, 0] <= FLAT * values[:, -1]

    def scattered(self, which: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Points (n, d) of the components ``which`` (n,) from standard normal numbers (n, d)."""
        if self.covs is None:
            return self.means[which] + self.stds[which] * normal
        return self.means[which] + np.einsum("nij,nj->ni", self.roots[which], normal)


def covariance(numbers: tuple[float, ...], dim: int) -> np.ndarray:
    """A covariance (d, d) from d² numbers row by row, d variances, or one for all axes.

    Raises ValueError; the message goes on after "has".
    """
    if len(numbers) != dim * dim:
        if len(numbers) not in (1, dim):
            count = f"{len(numbers)} number{'' if len(numbers) == 1 else 's'}"
            raise ValueError(f"{count}, but a covariance in {dim}-D takes 1, {dim} or {dim * dim}")
        found = np.diag(np.broadcast_to(np.asarray(numbers, float), dim))
    else:
        found = np.array(numbers, float).reshape(dim, dim)
    if not np.array_equal(found, found.T):
        raise ValueError("a matrix that is not symmetric")
    least, most = np.linalg.eigvalsh(found)[[0, -1]]
    if least < -FLAT * abs(most):
        raise ValueError(f"a matrix with the eigenvalue {least:.3g}, below 0,")
    return found
