"""A density that is typed as a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from engine.laws.expression import ROWS, Expression, read
from engine.laws.shapes import FAR, embed
from engine.motion.stopping import portions
from engine.parts import Distribution, Wrong, knob
from engine.registry import part

NAMES = "x", "y", "z", "r"
NODES = {1: 4097, 2: 385, 3: 81}  # of the grid along each axis
SEEN = 4096  # places between the nodes at which the grid is compared with the formula
ROUGH = 0.05  # of the mass: a grid that misses more is refused


@part
class Density(Distribution, frozen=True, tag="density"):
    """p on a box, unnormalised: drawn exactly from the function that is linear between the values of a fine grid."""

    about = (
        "A density typed as p(x), p(x, y) or p(x, y, z) on a box, not normalised, 0 outside; r = |x|. Drawn exactly "
        "from the multilinear function through its values on a grid (385² places in the plane), which adds h²/6 to "
        "each variance, h the step. In fewer dimensions than it names: its first coordinates; in more: constant."
    )
    rank = 17.02

    p: Annotated[
        str,
        knob(
            "density p",
            tip="In x, y, z and r = |x|, such as exp(-r^2/2) * (1 + sin(3*x)) or (r < 2) * (r > 1).",
            editor="formula",
        ),
    ] = "exp(-(r - 2)^2 / 0.2) * (1 + sin(3*x) * cos(3*y))"
    low: Annotated[
        float | tuple[float, ...],
        knob("box from", -FAR, FAR, tip="Its least corner: a number for all axes, or one per axis."),
    ] = -4.0
    high: Annotated[
        float | tuple[float, ...],
        knob("box to", -FAR, FAR, tip="Its greatest corner: a number for all axes, or one per axis."),
    ] = 4.0

    def check(self, dim: int) -> None:
        self._grid(dim)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return embed(self._grid(dim).drawn(n, rng), dim)

    def _grid(self, dim: int) -> Grid:
        return grid(self.p, _corner(self.low), _corner(self.high), dim)


@dataclass(frozen=True, eq=False)
class Grid:
    """A density (unnormalised) that is linear between its values on a grid: a mixture of hats about the nodes."""

    low: np.ndarray
    step: np.ndarray
    cumulative: np.ndarray  # of the hats' masses, to 1
    shape: tuple[int, ...]

    def drawn(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """``n`` independent points (n, m): a node in proportion to its hat, and a place under it, folded back at the
        border of the box."""
        node = np.minimum(np.searchsorted(self.cumulative, rng.random(n), side="right"), len(self.cumulative) - 1)
        index = np.column_stack(np.unravel_index(node, self.shape))
        at = np.abs(index + rng.random(index.shape) - rng.random(index.shape))
        last = np.array(self.shape) - 1
        return self.low + self.step * (last - np.abs(last - at))


@lru_cache(maxsize=16)
def grid(text: str, low: tuple[float, ...], high: tuple[float, ...], dim: int) -> Grid:
    """The density on its box. Raises Wrong, at the knob, for one that is none."""
    try:
        p = read(text, NAMES)
    except Wrong as wrong:
        raise Wrong("p", wrong.message) from None
    own = max((k for k, name in enumerate("xyz", 1) if p.holds(name)), default=1)
    m = max(dim, own)
    box = [np.array([corner[min(k, len(corner) - 1)] for k in range(m)]) for corner in (low, high)]
    if not (box[0] < box[1]).all():
        k = int((box[0] >= box[1]).argmax())
        raise Wrong("high", f"the box ends at {box[1][k]:g} where it begins at {box[0][k]:g}; give a greater number")
    nodes, step = NODES[m], (box[1] - box[0]) / (NODES[m] - 1)
    values = _values(p, [box[0][k] + step[k] * np.arange(nodes) for k in range(m)])
    _check(values, lambda k: box[0] + step * np.unravel_index(k, [nodes] * m))
    mass = values.reshape([nodes] * m).copy()
    for k in range(m):  # at the border half a hat is inside
        ends = [slice(None)] * m
        ends[k] = [0, -1]
        mass[tuple(ends)] *= 0.5
    total = mass.sum()
    if not total > 0:
        raise Wrong("p", "it is 0 all over the box; move the box to where the density is, or write another one")
    if not np.isfinite(total):
        raise Wrong("p", "its values are too large to be added up; divide it by its greatest value")
    so_far = np.cumsum(mass.ravel())
    found = Grid(box[0], step, so_far / so_far[-1], mass.shape)
    if _missed(p, found, values.reshape(mass.shape)) > ROUGH:
        raise Wrong(
            "p", f"it changes faster than a grid of {nodes - 1} steps can follow on this box; make the box smaller"
        )
    return found


def _values(p: Expression, axes: list[np.ndarray]) -> np.ndarray:
    """p at all nodes, the last axis running fastest: some layers across the first axis at a time."""
    m, nodes = len(axes), len(axes[0])
    layer = np.stack(np.meshgrid(*axes[1:], indexing="ij"), -1).reshape(-1, m - 1) if m > 1 else np.empty((1, 0))
    found = np.empty((nodes, len(layer)))
    for some in portions(nodes, max(1, ROWS // len(layer))):
        x = np.empty((*found[some].shape, m))
        x[..., 0], x[..., 1:] = axes[0][some, None], layer
        found[some] = p(x.reshape(-1, m)).reshape(found[some].shape)
    return found.ravel()


def _check(found: np.ndarray, place: Callable[[int], np.ndarray]) -> None:
    """Raise Wrong unless each value is a density's; the place where it is least is told, or has no value."""
    fine = (found >= 0) & (found < np.inf)  # False for what is not a number
    if fine.all():
        return
    k = int(
        np.isnan(found).argmax() if np.isnan(found).any() else found.argmin() if found.min() < 0 else found.argmax()
    )
    at = ", ".join(f"{name} = {value:.4g}" for name, value in zip("xyz", place(k), strict=False))
    if np.isnan(found[k]):
        raise Wrong("p", f"it has no value at {at}: 0 is divided by 0, or a root or logarithm is taken below 0")
    if found[k] == np.inf:
        raise Wrong("p", f"it is infinite at {at}; add a small number to what it divides by, or move the box")
    raise Wrong("p", f"it is {found[k]:.4g} at {at}; a density is nowhere below 0: max(0, ...) cuts it off")


def _missed(p: Expression, grid: Grid, values: np.ndarray) -> float:
    """How much of the mass lies elsewhere on the grid than by the formula (total variation), seen at random places:
    where the grid has its mass, and all over the box."""
    rng, m = np.random.default_rng(0), values.ndim
    shares = []
    for x in (grid.drawn(SEEN, rng), grid.low + grid.step * (np.array(grid.shape) - 1) * rng.random((SEEN, m))):
        at = (x - grid.low) / grid.step
        cell = np.minimum(at.astype(int), np.array(grid.shape) - 2)
        linear = np.zeros(len(x))
        for corner in np.ndindex(*[2] * m):
            weight = np.prod(np.where(corner, at - cell, 1 - at + cell), axis=1)
            linear += weight * values[tuple((cell + corner).T)]
        exact = p(x)
        _check(exact, lambda k, x=x: x[k])
        apart, drawn = np.abs(exact - linear), not shares
        shares.append((apart / linear).mean() if drawn else apart.mean() / max(linear.mean(), 1e-300))
    return float(max(shares)) / 2


def _corner(value: float | tuple[float, ...]) -> tuple[float, ...]:
    """One number per axis, the last of them for all further ones."""
    return (value or (0.0,)) if isinstance(value, tuple) else (float(value),)
