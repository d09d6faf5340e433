"""Values that carry their exact first and second derivatives along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Part = np.ndarray | float


@dataclass(frozen=True, eq=False)
class Jet:
    """u (n,) with its gradient (n, d) and, where they are asked for, its second derivatives (n, d, d); None: zero."""

    value: Part
    slope: np.ndarray | None = None
    curve: np.ndarray | None = None

    @classmethod
    def variable(cls, x: np.ndarray, k: int, twice: bool) -> Jet:
        """Coordinate k of points (n, d)."""
        slope = np.zeros(x.shape)
        slope[:, k] = 1.0
        return cls(x[:, k], slope, np.zeros((*x.shape, x.shape[1])) if twice else None)

    def through(self, value: Part, first: Part, second: Part) -> Jet:
        """f(u) of the value, f'(u) and f''(u) that f has here."""
        if self.slope is None:
            return Jet(value)
        slope = _by(first, self.slope)
        if self.curve is None:
            return Jet(value, slope)
        return Jet(value, slope, _by(first, self.curve) + _by(second, _outer(self.slope, self.slope)))

    def __add__(self, other: Jet) -> Jet:
        return Jet(self.value + other.value, _sum(self.slope, other.slope), _sum(self.curve, other.curve))

    def __neg__(self) -> Jet:
        return self.through(-self.value, -1.0, 0.0)

    def __sub__(self, other: Jet) -> Jet:
        return self + -other

    def __mul__(self, other: Jet) -> Jet:
        value = self.value * other.value
        slope = _sum(_by(other.value, self.slope), _by(self.value, other.slope))
        curve = _sum(_by(other.value, self.curve), _by(self.value, other.curve))
        if self.curve is not None and other.curve is not None:
            cross = _outer(self.slope, other.slope)
            curve = curve + cross + cross.swapaxes(1, 2)
        return Jet(value, slope, curve)

    def __truediv__(self, other: Jet) -> Jet:
        v = other.value
        return self * other.through(1 / v, -1 / v**2, 2 / v**3)


def where(mask: np.ndarray, a: Jet, b: Jet) -> Jet:
    """a where the mask (n,) says so, else b."""

    def pick(u: Part | None, v: Part | None, depth: int) -> Part | None:
        if u is None and v is None:
            return None
        return np.where(mask.reshape(-1, *[1] * depth), 0.0 if u is None else u, 0.0 if v is None else v)

    return Jet(pick(a.value, b.value, 0), pick(a.slope, b.slope, 1), pick(a.curve, b.curve, 2))


def _by(factor: Part, of: np.ndarray | None) -> np.ndarray | None:
    if of is None:
        return None
    return factor * of if np.ndim(factor) == 0 else factor.reshape(-1, *[1] * (of.ndim - 1)) * of


def _sum(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray | None:
    return b if a is None else a if b is None else a + b


def _outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, :, None] * b[:, None, :]
