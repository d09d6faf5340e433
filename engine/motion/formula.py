"""Formulas in t as people type them: read against a whitelist, never executed; value and exact derivative at once.

A formula becomes a small tree: a number, ``"t"``, or ``(name, *branches)``. What holds no t is computed while reading,
in bounded float64, so no arithmetic can grow (``10**10**10``). Evaluating walks the tree with pairs (value, slope) and
the chain rule; no code is made from the text, and the work is one pass over at most 200 characters.

sympy would derive symbolically, but its automatic simplification has no bound: ``exp(tanh(exp(tanh(...t...))))`` of 199
characters ran for over ten minutes, roots within roots for 0.2 s, and its import costs the window 0.3 to 1.4 s.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.fields.affine import functions
from engine.motion.peak import peak
from engine.parts import Wrong

LONGEST = 200  # characters
DEEPEST = 50  # brackets and signs within each other
LARGEST = 1e9  # of a number, and of what numbers give
POWER = 64  # of an exponent

Tree = Any  # float | "t" | (name, Tree) | (name, Tree, Tree)

_SLOPES: dict[str, Callable[[Any, Any, Any], Any]] = {  # of the function at u, where it has this value
    "sin": lambda of, u, value: of.cos(u),
    "cos": lambda of, u, value: -of.sin(u),
    "tan": lambda of, u, value: 1 + value * value,
    "exp": lambda of, u, value: value,
    "log": lambda of, u, value: 1 / u,
    "sqrt": lambda of, u, value: 0.5 / value,
    "sinh": lambda of, u, value: of.cosh(u),
    "cosh": lambda of, u, value: of.sinh(u),
    "tanh": lambda of, u, value: 1 - value * value,
}
FUNCTIONS = tuple(_SLOPES)
CONSTANTS = {"pi": math.pi, "e": math.e}
ALLOWED = "a formula is made of t, numbers, pi, e, + - * / ^, brackets and " + ", ".join(FUNCTIONS)

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}
CALLED = {  # what people see in the text -> what Python's grammar calls it
    ast.Attribute: "a dot after a name",
    ast.Subscript: "an index",
    ast.Lambda: "a lambda",
    ast.IfExp: "a condition",
    ast.Compare: "a comparison",
    ast.BoolOp: "a condition",
    ast.List: "a list",
    ast.Tuple: "a comma",
    ast.Dict: "a pair of braces",
    ast.Set: "a pair of braces",
    ast.NamedExpr: "an assignment",
    ast.JoinedStr: "quoted text",
    ast.Starred: "a star before a name",
}
_FORBIDDEN = re.compile(r"[^ -~]|[\\#]")  # only what is printable in ASCII, no escape, no comment
GLUED = re.compile(r"(?<![\w.])(?>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[A-Za-z_]")  # a number and a letter: 2t


@dataclass(frozen=True)
class Formula:
    """A function of t, for a number, a numpy array or a torch tensor; what it gives is shaped like t."""

    tree: Tree

    def __call__(self, t: Any) -> Any:
        return self.both(t)[0]

    def derivative(self) -> Callable[[Any], Any]:
        """d/dt as a function of t, exact to rounding."""
        return lambda t: self.both(t)[1]

    def both(self, t: Any) -> tuple[Any, Any]:
        """Value and slope at t."""
        value, slope = _both(self.tree, t, functions(t))
        return (value, slope) if isinstance(t, int | float) else (_shaped(value, t), _shaped(slope, t))


def _shaped(x: Any, t: Any) -> Any:
    return x + 0 * t if isinstance(x, float) else x


@lru_cache(maxsize=256)
def read(text: str) -> Formula:
    """The formula that is typed. Raises Wrong for everything that is none."""
    if len(text) > LONGEST:
        raise _refused(f"{len(text):,} characters are too many; give {LONGEST} at most")
    text = text.strip()
    if not text:
        raise _refused(f"it is empty; {ALLOWED}")
    if found := _FORBIDDEN.search(text):
        raise _refused(f"the character {found[0]!a} is not allowed; {ALLOWED}")
    if found := GLUED.search(text):
        raise _refused(f"{found[0]!r} is not allowed; write a product with *, as in 2*t")
    try:
        parsed = ast.parse(text.replace("^", "**"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refused(f"{text!r} cannot be read; {ALLOWED}") from None
    return Formula(_tree(parsed.body, 0))


def _refused(why: str) -> Wrong:
    return Wrong("", why)


def _tree(node: ast.AST, depth: int) -> Tree:
    if depth > DEEPEST:
        raise _refused(f"more than {DEEPEST} brackets and signs within each other are not allowed")
    match node:
        case ast.Constant(value=int() | float() as x) if not isinstance(x, bool):
            return _bounded(x)
        case ast.Name(id="t"):
            return "t"
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.Name(id=name):
            raise _refused(f"the name {name!r} is not allowed; {ALLOWED}")
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _made("neg", _tree(inner, depth + 1))
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _tree(inner, depth + 1)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in OPERATORS:
            return _made(OPERATORS[type(op)], _tree(left, depth + 1), _tree(right, depth + 1))
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in FUNCTIONS:
            return _made(name, _tree(inner, depth + 1))
        case ast.Call(func=ast.Name(id=name), args=args) if name in FUNCTIONS:
            raise _refused(f"{name} of {len(args)} things is not allowed; it takes exactly one")
        case ast.Call(func=ast.Name(id=name)):
            raise _refused(f"{name!r} cannot be called; {ALLOWED}")
        case ast.Call():
            raise _refused(f"calling this is not allowed; {ALLOWED}")
        case ast.Constant():
            raise _refused(f"{_constant(node.value)} is not allowed; {ALLOWED}")
    raise _refused(f"{CALLED.get(type(node), 'one of its signs')} is not allowed; {ALLOWED}")


def _constant(value: Any) -> str:
    if isinstance(value, str | bytes):
        return "quoted text"
    return "an imaginary number" if isinstance(value, complex) else "..." if value is ... else str(value)


def _bounded(x: Any) -> float:
    x = float(x) if isinstance(x, float) or abs(x) <= LARGEST else math.inf
    if not abs(x) <= LARGEST:
        raise _refused(f"numbers beyond {LARGEST:g} are not allowed")
    return x


def _made(name: str, *branches: Tree) -> Tree:
    """The tree of an operation; its value, where nothing in it depends on t."""
    if name == "^":
        base, power = branches
        if not isinstance(power, float):
            if not (isinstance(base, float) and base > 0):
                raise _refused("t may stand in an exponent only over a number above 0, as in 2^t")
            return _made("exp", _made("*", power, math.log(base)))
        if abs(power) > POWER:
            raise _refused(f"exponents beyond {POWER} are not allowed")
        if power in (0.0, 1.0):
            return base if power else 1.0
    if all(isinstance(branch, float) for branch in branches):
        try:
            value = _constant_value(name, *branches)
        except OverflowError:
            value = math.inf
        except (ValueError, ZeroDivisionError):
            value = math.nan
        if isinstance(value, complex) or math.isnan(value):
            raise _refused("it divides by 0, or takes a root or a logarithm, where that has no value")
        return _bounded(value)
    return (name, *branches)


def _constant_value(name: str, u: float, v: float = 0.0) -> float:
    match name:
        case "neg":
            return -u
        case "+":
            return u + v
        case "-":
            return u - v
        case "*":
            return u * v
        case "/":
            return u / v
        case "^":
            return u**v
    return getattr(math, name)(u)


def _both(tree: Tree, t: Any, of: Any) -> tuple[Any, Any]:
    """Value and slope of a tree at t; ``of`` is where sin, exp, ... are."""
    if not isinstance(tree, tuple):
        return (t, 1.0) if tree == "t" else (tree, 0.0)
    name, *branches = tree
    (u, du), *rest = (_both(branch, t, of) for branch in branches)
    if not rest:
        if name == "neg":
            return -u, -du
        value = getattr(of, name)(u)
        return value, _SLOPES[name](of, u, value) * du
    v, dv = rest[0]
    match name:
        case "+":
            return u + v, du + dv
        case "-":
            return u - v, du - dv
        case "*":
            return u * v, du * v + u * dv
        case "/":
            value = u / v
            return value, (du - value * dv) / v
    return u**v, v * u ** (v - 1) * du  # v is a number other than 0 and 1


#: Nodes in [0, 1] at which a typed function and its slope are looked at.
NODES = np.linspace(0.0, 1.0, 1025)
HIGHEST, STEEPEST = 1e3, 1e4


def on_nodes(formula: Formula, name: str) -> np.ndarray:
    """Its values on ``NODES``. Raises Wrong where they, or their slopes, are not finite or too large, there or on the
    way from one to the next."""
    with np.errstate(all="ignore"):
        values, slopes = formula.both(NODES)
    for what, found, most in ((name, values, HIGHEST), (f"the slope of {name}", slopes, STEEPEST)):
        bad = ~(np.abs(found) <= most)
        if bad.any():
            k = int(bad.argmax())
            raise _refused(f"{what} is {found[k]:.4g} at t = {NODES[k]:.4g}; it must stay within ±{most:g} on [0, 1]")
    with np.errstate(all="ignore"):
        t, slope = peak(lambda t: formula.both(t)[1], NODES)
    if abs(slope) > STEEPEST:
        raise _refused(
            f"the slope of {name} is {slope:.4g} at t = {t:.7g}; it must stay within ±{STEEPEST:g} on [0, 1]"
        )
    return values
