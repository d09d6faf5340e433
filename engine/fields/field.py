"""A velocity field v(x, t): what solvers, figures and pictures may ask of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any  # numpy.ndarray or torch.Tensor: solvers, paths and closed forms take either


class Field:
    """v(x, t) for x (n, d) and t a number or (n, 1): one velocity (n, d) for each point.

    The words beside say what a solver or a figure has to know before it asks.
    """

    name: str = ""  # what it is called in pictures
    closed: bool = False  # v* itself, in closed form
    singular: bool = False  # blows up at t = 1: solvers end with one Euler step, which is exact there
    rough: bool = False  # made of nearest pairs, which change from place to place: finer steps gain nothing
    size: int = 1  # terms of one evaluation, for whoever has to know how long it takes
    rows: int = 16_384  # points that are looked at within some hundredths of a second: as many go through at once
    flat: Any = None  # all weights in one tensor, of a field that was trained

    def __call__(self, x: Array, t: Any) -> Array:
        raise NotImplementedError

    def enter(self, x: np.ndarray) -> Array:
        """Points (n, d) as ``__call__`` wants them: a tensor on its device for a net."""
        return np.asarray(x, dtype=np.float64)

    def double(self) -> Field:
        """The same field in float64, for reference solutions."""
        return self

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        """tr Var(dX | X_t = x), (n,), whose mean is the crossing V: of a closed form or a regression alone."""
        raise NotImplementedError(f"{self.name or type(self).__name__} does not know how far lines part")

    def divergence(self, x: np.ndarray, t: float) -> np.ndarray:
        """div v (n,) by central differences, with a step of 1e-5 of the points' scale."""
        v, x = self.double(), np.asarray(x, dtype=np.float64)
        h = 1e-5 * (float(np.abs(x - x.mean(0)).max(initial=0.0)) or 1.0)
        total = np.zeros(len(x))
        for k in range(x.shape[1]):
            step = h * np.eye(x.shape[1])[k]
            total += (evaluate(v, x + step, t)[:, k] - evaluate(v, x - step, t)[:, k]) / (2 * h)
        return total

    def score(self, x: np.ndarray, t: Any) -> np.ndarray | None:
        """grad log rho_t (n, d) of the law of X_t; None where it is not known."""
        return None


class Given(Field):
    """A field that is a plain function of x and t."""

    def __init__(self, f: Callable[[Array, Any], Array], name: str = "", singular: bool = False) -> None:
        self._f, self.name, self.singular = f, name or f.__name__, singular

    def __call__(self, x: Array, t: Any) -> Array:
        return self._f(x, t)


def leave(x: Array) -> np.ndarray:
    """Points as numpy again (a device sync on a GPU)."""
    return x if isinstance(x, np.ndarray) else x.detach().cpu().numpy()


def evaluate(v: Field, x: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """v(x, t) as float64 numpy; x (n, d), t a number or (n, 1)."""
    return leave(v(v.enter(x), t if np.isscalar(t) else v.enter(np.asarray(t)))).astype(np.float64)
