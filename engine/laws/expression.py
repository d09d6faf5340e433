"""Expressions in coordinates as people type them: read against a whitelist, never executed; with exact derivatives.

As with formulas in t (engine/motion/formula.py) Python's grammar makes a tree, whose every node is looked up
(typed_tree.py); no code is made of it. Evaluating walks the tree once with numpy arrays, or with jets where derivatives
are asked for. numexpr and sympy evaluate code in what they read, so neither is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.laws.functions import FUNCTIONS
from engine.laws.jet import Jet, where
from engine.laws.typed_tree import Tree, tree_of

ROWS = 16_384  # points at a time: what is under way stays in the cache


_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


@dataclass(frozen=True)
class Expression:
    """A number for each point (n, d), whose coordinates are called by ``names``."""

    tree: Tree
    names: tuple[str, ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Its values (n,); not finite where it has none."""
        known = {name: x[:, k] for k, name in enumerate(self.names[: x.shape[1]])}
        if "r" in self.names and self.holds("r"):
            known["r"] = np.sqrt(sum(x[:, k] ** 2 for k in range(x.shape[1])))  # numpy's sum over few is slow
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(_value(self.tree, known), float), len(x))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """(n, d), exact to rounding."""
        return self.derivatives(x, False)[0]

    def hessian(self, x: np.ndarray) -> np.ndarray:
        """(n, d, d), exact to rounding; of what has kinks, between them."""
        return self.derivatives(x)[1]

    def derivatives(self, x: np.ndarray, twice: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Both at once."""
        slope = np.zeros(x.shape)
        curve = np.zeros((*x.shape, x.shape[1] if twice else 0))
        for start in range(0, len(x), ROWS):
            some = x[start : start + ROWS]
            known = {name: Jet.variable(some, k, twice) for k, name in enumerate(self.names[: x.shape[1]])}
            with np.errstate(all="ignore"):
                if "r" in self.names and self.holds("r"):
                    known["r"], known["r^2"] = _distance(some, twice)
                found = _jet(self.tree, known)
            if found.slope is not None:
                slope[start : start + ROWS] = found.slope
            if found.curve is not None:
                curve[start : start + ROWS] = found.curve
        return slope, curve

    def holds(self, name: str) -> bool:
        """Whether this name stands in it."""
        return _holds(self.tree, name)


@lru_cache(maxsize=256)
def read(text: str, names: tuple[str, ...]) -> Expression:
    """The expression that is typed. Raises Wrong, naming the column, for everything that is none."""
    return Expression(tree_of(text, names), names)


def _value(tree: Tree, known: dict[str, np.ndarray]) -> Any:
    if not isinstance(tree, tuple):
        return known[tree] if isinstance(tree, str) else np.float64(tree)
    name, *branches = tree
    u, *rest = (_value(branch, known) for branch in branches)
    if name in FUNCTIONS:
        return FUNCTIONS[name][0](u)
    match name:
        case "neg":
            return -u
        case "+":
            return u + rest[0]
        case "-":
            return u - rest[0]
        case "*":
            return u * rest[0]
        case "/":
            return u / rest[0]
        case "^":
            return _power(u, rest[0])
        case "min" | "max":
            pick = np.minimum if name == "min" else np.maximum
            for v in rest:
                u = pick(u, v)
            return u
    return _compared(name, [u, *rest])


def _compared(signs: str, ends: list[Any]) -> Any:
    """1 where each holds of its two neighbours, else 0. One node for a chain: split in two, each end between them would
    be worked out twice, and chains within chains 2^depth times."""
    found = 1.0
    for sign, u, v in zip(signs.split(), ends, ends[1:], strict=False):
        found = found * _COMPARE[sign](u, v)
    return found


def _power(u: Any, v: Any) -> Any:
    return u * u if np.ndim(v) == 0 and v == 2 else np.power(u, v)


def _jet(tree: Tree, known: dict[str, Jet]) -> Jet:
    if not isinstance(tree, tuple):
        return known[tree] if isinstance(tree, str) else Jet(np.float64(tree))
    name, *branches = tree
    if name == "^" and branches[0] == "r" and isinstance(branches[1], float) and branches[1] % 2 == 0:
        return _raised(known["r^2"], branches[1] / 2)  # smooth at 0, where r is not
    u, *rest = (_jet(branch, known) for branch in branches)
    if name in FUNCTIONS:
        f, first, second = FUNCTIONS[name]
        value = f(u.value)
        return u.through(value, first(u.value, value), second(u.value, value))
    match name:
        case "neg":
            return -u
        case "+":
            return u + rest[0]
        case "-":
            return u - rest[0]
        case "*":
            return u * rest[0]
        case "/":
            return u / rest[0]
        case "^" if rest[0].slope is None and np.ndim(rest[0].value) == 0:
            return _raised(u, rest[0].value)
        case "^":  # u^v = exp(v log u)
            log = u.through(np.log(u.value), 1 / u.value, -1 / u.value**2)
            both = rest[0] * log
            value = np.exp(both.value)
            return both.through(value, value, value)
        case "min" | "max":
            for v in rest:
                mask = u.value <= v.value if name == "min" else u.value >= v.value
                u = where(np.atleast_1d(mask), u, v)
            return u
    return Jet(_compared(name, [u.value, *(v.value for v in rest)]))


def _raised(u: Jet, p: Any) -> Jet:
    """u^p with a number p; without a slope or a curve where p takes them all, at u = 0 too."""
    first = 0.0 * u.value if p == 0 else p * np.power(u.value, p - 1)
    second = 0.0 * u.value if p in (0.0, 1.0) else p * (p - 1) * np.power(u.value, p - 2)
    return u.through(np.power(u.value, p), first, second)


def _distance(x: np.ndarray, twice: bool) -> tuple[Jet, Jet]:
    """From 0, whose gradient at 0 is taken to be 0, the smallest of its subgradients; and its square."""
    square, eye = (x**2).sum(1), np.eye(x.shape[1])
    r = np.sqrt(square)
    unit = np.divide(x, r[:, None], out=np.zeros_like(x), where=r[:, None] > 0)
    if not twice:
        return Jet(r, unit), Jet(square, 2 * x)
    safe = np.where(r > 0, r, np.inf)[:, None, None]
    curve = (eye - unit[:, :, None] * unit[:, None, :]) / safe
    return Jet(r, unit, curve), Jet(square, 2 * x, np.broadcast_to(2 * eye, curve.shape))


def _holds(tree: Tree, name: str) -> bool:
    return tree == name if not isinstance(tree, tuple) else any(_holds(branch, name) for branch in tree[1:])
