"""Convex potentials phi and their gradients: by Brenier's theorem each is the optimal map from any law to its image."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.laws.expression import Expression, read
from engine.parts import Wrong

TYPED = "typed"
REACH = 6.0  # a potential is looked at in [-6, 6]^d before there is a cloud
SEEN = 2048  # places there
FLAT = 1e-9  # of the largest slope or curvature: below it there is rounding

#: By dimension. The last two pull a cloud apart, to corners and to the axes' ends.
CHOSEN: dict[str, tuple[str, str, str]] = {
    "quadratic": (
        "x^2 + x",
        "x^2 + 0.6*x*y + 0.4*y^2 + x",
        "x^2 + 0.6*x*y + 0.4*y^2 + 0.2*y*z + 0.3*z^2 + x",
    ),
    "power": tuple(" + ".join(f"1.6*abs({c})^1.5" for c in "xyz"[:d]) for d in (1, 2, 3)),
    "quartic": ("r^2/2 + r^4/16",) * 3,
    "log-sum-exp": (
        "log(exp(3*x) + exp(-3*x)) + r^2/8",
        "log(exp(4*y) + exp(3.46*x - 2*y) + exp(-3.46*x - 2*y)) + r^2/8",
        "log(exp(4*z) + exp(-1.33*z)*(exp(3.77*x) + exp(-1.89*x + 3.27*y) + exp(-1.89*x - 3.27*y))) + r^2/8",
    ),
    "split": tuple(" + ".join(f"2*sqrt({c}^2 + 0.01)" for c in "xyz"[:d]) + " + r^2/4" for d in (1, 2, 3)),
}


@lru_cache(maxsize=64)
def potential(chosen: str, typed: str, dim: int) -> Expression:
    """phi of x, y, z and r = |x|. Raises Wrong where it cannot be read, or is seen not to be convex."""
    phi = read(typed if chosen == TYPED else CHOSEN[chosen][dim - 1], (*"xyz"[:dim], "r"))
    rng = np.random.default_rng(0)
    convex(phi, REACH * (2 * rng.random((SEEN, dim)) - 1))
    return phi


def convex(phi: Expression, x: np.ndarray) -> None:
    """Raise Wrong where phi has no slope, bends down, or its slope falls from one of the points (n, d) to another."""
    value, (slope, bend) = phi(x), phi.derivatives(x)
    if not np.isfinite(value).all():
        k = int(np.isfinite(value).argmin())
        raise Wrong("phi", f"it has no finite value at {_place(x[k])}; write one that has, wherever the source is")
    off = ~(np.isfinite(slope).all(1) & np.isfinite(bend).all((1, 2)))
    off &= (x != 0).all(1)  # on an axis, or in the middle, it may have a kink
    if off.any():
        raise Wrong("phi", f"it has no slope at {_place(x[off.argmax()])}; write one that is smooth there")
    fine = np.isfinite(bend).all((1, 2))
    least = np.linalg.eigvalsh(bend[fine])[:, 0]
    if len(least) and least.min() < -FLAT * np.abs(bend[fine]).max():
        k = int(least.argmin())
        raise Wrong(
            "phi",
            f"it is not convex: at {_place(x[fine][k])} it bends down, with second derivative {least[k]:.3g}; "
            "its gradient would be no optimal map",
        )
    for other in (np.roll(np.arange(len(x)), 1), np.argsort(x[:, 0])[::-1]):
        rise = ((slope - slope[other]) * (x - x[other])).sum(1)
        size = np.linalg.norm(slope - slope[other], axis=1) * np.linalg.norm(x - x[other], axis=1)
        if (rise < -FLAT * (1 + size)).any():
            k = int(rise.argmin())
            raise Wrong(
                "phi",
                f"it is not convex: its slope falls from {_place(x[other][k])} to {_place(x[k])}; "
                "its gradient would be no optimal map",
            )


def affine(phi: Expression, dim: int) -> tuple[np.ndarray, np.ndarray] | None:
    """A (d, d) and b (d,) of a quadratic phi, whose gradient is A x + b; None of any other."""
    if not _polynomial(phi.tree):
        return None
    x = REACH * (2 * np.random.default_rng(1).random((32, dim)) - 1)
    bend = phi.hessian(x)
    if np.abs(bend - bend[0]).max() > FLAT * max(1.0, np.abs(bend).max()):
        return None
    return bend[0], phi.gradient(np.zeros((1, dim)))[0]


def quadratic(a: np.ndarray, b: np.ndarray) -> Expression:
    """x.A x/2 + b.x, with A (d, d) symmetric."""
    names, tree = "xyz"[: len(b)], 0.0
    for i, u in enumerate(names):
        tree = ("+", tree, ("*", float(b[i]), u))
        for j, v in enumerate(names):
            tree = ("+", tree, ("*", float(a[i, j]) / 2, ("*", u, v)))
    return Expression(tree, (*names, "r"))


def _polynomial(tree: object) -> bool:
    if not isinstance(tree, tuple):
        return True
    if tree[0] == "^":
        return isinstance(tree[2], float) and tree[2] == int(tree[2]) >= 0 and _polynomial(tree[1])
    return tree[0] in ("neg", "+", "-", "*", "/") and all(map(_polynomial, tree[1:]))


def _place(x: np.ndarray) -> str:
    return ", ".join(f"{name} = {value:.3g}" for name, value in zip("xyz", x, strict=False))
