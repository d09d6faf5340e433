"""What may be called in an expression that is typed, with its first and second derivatives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Functions of one number u: f(u), and f', f'' of u and f(u).
FUNCTIONS: dict[str, tuple[Callable, Callable, Callable]] = {
    "sin": (np.sin, lambda u, f: np.cos(u), lambda u, f: -f),
    "cos": (np.cos, lambda u, f: -np.sin(u), lambda u, f: -f),
    "tan": (np.tan, lambda u, f: 1 + f * f, lambda u, f: 2 * f * (1 + f * f)),
    "asin": (np.arcsin, lambda u, f: (1 - u * u) ** -0.5, lambda u, f: u * (1 - u * u) ** -1.5),
    "acos": (np.arccos, lambda u, f: -((1 - u * u) ** -0.5), lambda u, f: -u * (1 - u * u) ** -1.5),
    "atan": (np.arctan, lambda u, f: 1 / (1 + u * u), lambda u, f: -2 * u / (1 + u * u) ** 2),
    "exp": (np.exp, lambda u, f: f, lambda u, f: f),
    "log": (np.log, lambda u, f: 1 / u, lambda u, f: -1 / (u * u)),
    "sqrt": (np.sqrt, lambda u, f: 0.5 / f, lambda u, f: -0.25 / (f * u)),
    "sinh": (np.sinh, lambda u, f: np.cosh(u), lambda u, f: f),
    "cosh": (np.cosh, lambda u, f: np.sinh(u), lambda u, f: f),
    "tanh": (np.tanh, lambda u, f: 1 - f * f, lambda u, f: -2 * f * (1 - f * f)),
    "abs": (np.abs, lambda u, f: np.sign(u), lambda u, f: 0.0 * u),
    "floor": (np.floor, lambda u, f: 0.0 * u, lambda u, f: 0.0 * u),
}
EXTREMES = ("min", "max")
