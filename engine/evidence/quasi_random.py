"""Samples that cover their law more evenly than independent ones: scrambled Sobol points."""

from __future__ import annotations

import numpy as np

from engine.laws.mixture import Mixture
from engine.parts import Distribution

BITS = 30  # of every Sobol coordinate


def even(mixture: Mixture, n: int, rng: np.random.Generator) -> np.ndarray:
    """An even sample (n, d) of a Gaussian mixture: one Sobol dimension picks the component by the inverse cdf of the
    weights, d more go through the normal quantile. Means converge like 1/n nearly, not like 1/√n.

    The rows come in random order: two Sobol samples share their order, so that pairing them row by row would tie
    them together.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    dim = mixture.means.shape[1]
    sobol = qmc.Sobol(dim + 1, scramble=True, bits=BITS, rng=rng)
    u = sobol.random_base2(max(0, n - 1).bit_length())[:n]  # balanced at powers of two only
    cdf = np.cumsum(mixture.weights)
    which = np.minimum(np.searchsorted(cdf / cdf[-1], u[:, 0], side="right"), len(cdf) - 1)
    normal = ndtri(u[:, 1:] + 0.5**BITS / 2)  # the middle of the cell: 0 would become -inf
    return rng.permutation(mixture.scattered(which, normal))


def low_discrepancy(distribution: Distribution, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` points (n, dim) of the law: even ones where it is a Gaussian mixture, independent ones elsewhere."""
    mixture = distribution.mixture(dim)
    return distribution.sample(n, dim, rng) if mixture is None else even(mixture, n, rng)
