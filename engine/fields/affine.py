"""Affine paths X_t = a_t X1 + b_t X0: all of them carry one flow, the straight one in other clothes.

With tau = a/(a+b), omega = 1/(a+b) and W = a' b - a b', omega X_t is the straight path at time tau, and
dX_t = W omega (X1 - X0) + (a' + b') omega X_t. So, whatever the coupling, with v the straight path's velocity,

    v'_t(x) = W omega v_tau(omega x) + (a' + b') omega x,    Z'_t = Z_tau / omega,
    Var(dX_t | X_t = x) = (W omega)^2 Var(X1 - X0 | straight X_tau = omega x).

A path with a_0 = b_1 = 0 and a_1 = b_0 = 1 therefore gives the coupling (Z0, Z1) of the straight one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from engine.fields.field import Array, Field
from engine.parts import Path, Wrong

INNER = np.linspace(0.0, 1.0, 257)[1:-1]
EDGE = 1e-9


class Affine(Path):
    """X_t = a_t X1 + b_t X0."""

    def coefficients(self, t: Any) -> tuple[Any, Any, Any, Any]:
        """``(a, b, a', b')`` at t: each a number, or shaped like t where t is an array or a tensor."""
        raise NotImplementedError

    def at(self, x0: Array, x1: Array, t: Any) -> tuple[Array, Array]:
        a, b, da, db = self.coefficients(t)
        return a * x1 + b * x0, da * x1 + db * x0


@dataclass(frozen=True, eq=False)
class Change:
    """How an affine path follows from the straight one at a time t (see the module); shaped like t."""

    tau: Any
    omega: Any
    speed: Any  # W omega
    growth: Any  # (a' + b') omega

    @classmethod
    def at(cls, path: Affine, t: Any) -> Change:
        a, b, da, db = path.coefficients(t)
        omega = 1 / (a + b)
        return cls(a * omega, omega, (da * b - a * db) * omega, (da + db) * omega)


class Transformed(Field):
    """The velocity of an affine path from a field of the straight path, exact if that one is.

    x (n, d), t a number or (n, 1). ``spread`` holds where the straight field tells its own.
    """

    def __init__(self, path: Affine, straight: Field) -> None:
        self.path, self.straight = path, straight
        self.name, self.closed = straight.name, straight.closed
        self.singular, self.size, self.rows = straight.singular, straight.size, straight.rows

    def __call__(self, x: Array, t: Any) -> Array:
        change = Change.at(self.path, t)
        return change.speed * self.straight(change.omega * x, change.tau) + change.growth * x

    def spread(self, x: np.ndarray, t: Any) -> np.ndarray:
        """tr Var(dX | X_t = x), (n,)."""
        change = Change.at(self.path, t)
        return np.reshape(change.speed, -1) ** 2 * self.straight.spread(change.omega * x, change.tau)


class Straightened(Field):
    """The velocity of the straight path from one of an affine path: ``Transformed`` the other way round.

    With y = omega x and t where a/(a+b) = tau: v_tau(y) = (v'_t(x) - (a' + b') omega x) / (W omega). Whatever v' is,
    its flow is Z_tau = omega Z'_t: so a learned field of any affine path gives a straight one with the same coupling,
    and Euler along it is the natural Euler step. tau starts at ``first``, which is above 0 for a path that starts off
    its source. Where W = 0 at an end, v' does not tell and is asked next to it. y (n, d), tau a number or (n, 1).
    """

    def __init__(self, path: Affine, field: Field) -> None:
        if not turns(path):
            raise Wrong("path", "only a path whose a/(a + b) rises all the way can be made straight")
        self.path, self.field = path, field
        self.first = float(Change.at(path, 0.0).tau)
        still = [Change.at(path, end).speed < EDGE for end in (0.0, 1.0)]
        self._asked = EDGE * still[0], 1 - EDGE * still[1]
        self.name, self.singular, self.rough, self.enter = field.name, field.singular, field.rough, field.enter
        self.rows = field.rows

    def double(self) -> Straightened:
        return Straightened(self.path, self.field.double())

    def __call__(self, y: Array, tau: Any) -> Array:
        t, (low, high) = when(self.path, tau), self._asked
        t = min(max(t, low), high) if isinstance(t, float) else t.clip(low, high)
        change = Change.at(self.path, t)
        x = y / change.omega
        return (self.field(x, t) - change.growth * x) / change.speed


def straightened(path: Affine, field: Field) -> Field:
    """The field of the straight path with the same flow. Raises Wrong where a/(a + b) does not rise all the way."""
    return field if path.straight else Straightened(path, field)


def turns(path: Affine) -> bool:
    """Whether W = a' b - a b' is above 0 within (0, 1): then tau = a/(a+b) rises, and tells t."""
    return bool((Change.at(path, INNER).speed > 0).all())


def when(path: Affine, tau: Any) -> Any:
    """t where a/(a + b) = tau, to rounding; shaped like tau."""
    low, high = tau * 0.0, tau * 0 + 1.0
    for _ in range(56):
        middle = (low + high) / 2
        early = Change.at(path, middle).tau < tau
        if isinstance(early, bool | np.bool_):
            low, high = (middle, high) if early else (low, middle)
        else:
            low, high = functions(tau).where(early, middle, low), functions(tau).where(early, high, middle)
    return (low + high) / 2


def functions(t: Any) -> ModuleType:
    """Where sin, exp, ... are that take t: math, numpy or torch."""
    if isinstance(t, int | float):
        return math
    if isinstance(t, np.ndarray | np.generic):
        return np
    import torch

    return torch


def blunted(u: Any, end: float, f: Callable[[Any], tuple[Any, Any]]) -> tuple[Any, Any]:
    """``f`` with its slope, where u >= end; below it the parabola that meets f at ``end`` and 0 at u = 0.

    For an f like sqrt(u): its slope is infinite at 0, and the integral of the squared slope, which is part of the loss
    and of V, diverges. ``f(u)`` gives value and slope. The result is continuous with its slope.
    """
    value, slope = f(end)
    bend = (slope * end - value) / end**2
    near = max(u, end) if isinstance(u, int | float) else u.clip(min=end)
    value, slope = f(near)
    past = u - near  # 0 outside the end
    return value + (slope + bend * past) * past, slope + 2 * bend * past
