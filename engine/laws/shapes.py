"""What the distributions share: numbers per axis, shapes of the plane in R^d, spheres, draws from a mixture."""

from __future__ import annotations

import numpy as np

from engine.laws.mixture import Mixture
from engine.parts import Wrong

FAR = 1e6  # coordinates beyond this lose their digits in float32


def per_axis(name: str, value: float | tuple[float, ...], dim: int) -> None:
    """Raise Wrong unless ``value`` is a single number or has ``dim`` of them."""
    if isinstance(value, tuple) and len(value) != dim:
        count = f"{len(value)} number{'' if len(value) == 1 else 's'}"
        raise Wrong(name, f"has {count}, but the dimension is {dim}; give {dim}, or a plain number for all axes")


def embed(x: np.ndarray, dim: int) -> np.ndarray:
    """Points (n, k) in R^dim: the first ``dim`` coordinates, zeros where there are fewer."""
    return np.pad(x[:, :dim], ((0, 0), (0, max(0, dim - x.shape[1]))))


def slab(xy: np.ndarray, dim: int, thickness: float, rng: np.random.Generator) -> np.ndarray:
    """Points of the plane (n, 2) in R^dim: x alone in 1-D, a third coordinate N(0, thickness²) in 3-D."""
    points = embed(xy, dim)
    points[:, 2:] = thickness * rng.standard_normal((len(xy), max(0, dim - 2)))
    return points


def sphere(n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` uniform points (n, dim) on the unit sphere of R^dim; in 1-D this is ±1."""
    x = rng.standard_normal((n, dim))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def draw(mixture: Mixture, n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` independent points (n, d) of a Gaussian mixture."""
    return draw_classed(mixture, n, rng)[0]


def draw_classed(mixture: Mixture, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The same with the component (n,) that each point comes from."""
    which = rng.choice(len(mixture.weights), n, p=mixture.weights / mixture.weights.sum())
    return mixture.scattered(which, rng.standard_normal((n, mixture.means.shape[1]))), which


def equal(means: np.ndarray, std: float) -> Mixture:
    """The mixture with equal weights, centres ``means`` (k, d) and one spread."""
    means = np.asarray(means, float)
    return Mixture(np.full(len(means), 1 / len(means)), means, np.full(means.shape, float(std)))
