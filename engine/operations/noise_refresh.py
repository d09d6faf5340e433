"""Reflow with the source partly drawn anew."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.parts import Finished, Operation, knob
from engine.registry import part


@part
class NoiseRefresh(Operation, frozen=True, tag="noise refresh"):
    """(Z0', Z1) with Z0' = m + sqrt(1 - c²)(Z0 - m) + c (X - m), X a fresh source point and m the source's mean.

    This keeps the law of a Gaussian source. For any other, each Z0 is replaced by a fresh point with probability c².
    """

    about = (
        "Reflow on (Z0', Z1), Z0' = m + √(1−c²)(Z0 − m) + c (X − m) with X a fresh source point and m the source's "
        "mean; where the source is not one Gaussian, each Z0 is replaced by a fresh point with probability c². Both "
        "keep the source's law; c = 0 is reflow, c = 1 the independent coupling with the generated points."
    )
    word = "refreshed"
    rank = 1

    strength: Annotated[
        float, knob("strength c", 0.0, 1.0, tip="0 keeps the source point of each pair, 1 draws all of them anew.")
    ] = 0.3

    def continued(self, finished: Finished, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        z0, c = finished.z0, self.strength
        n, dim = z0.shape
        fresh = finished.source.sample(n, dim, rng)
        law = finished.source.mixture(dim)
        if law is not None and len(law.weights) == 1:
            m = law.means[0]
            return m + np.sqrt(1 - c**2) * (z0 - m) + c * (fresh - m), finished.z1
        return np.where(rng.random((n, 1)) < c**2, fresh, z0), finished.z1
