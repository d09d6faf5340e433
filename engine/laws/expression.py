"""Expressions in coordinates as people type them: read against a whitelist, never executed; with exact derivatives.

As with formulas in t (engine/motion/formula.py) Python's grammar makes a tree, every node of which is looked up here;
no code is made of it. Evaluating walks the tree once with numpy arrays, or with jets where derivatives are asked for.
numexpr and sympy evaluate code in what they read, so neither is used.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.laws.jet import Jet, where
from engine.motion.formula import CALLED, CONSTANTS, DEEPEST, GLUED, OPERATORS
from engine.parts import Wrong

LONGEST = 300  # characters
LARGEST = 1e12  # of a number that is typed
ROWS = 16_384  # points at a time: what is under way stays in the cache

Tree = Any  # float | "x" | (name, *branches)

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
_COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
_TYPESET = {"−": "-", "–": "-", "·": "*", "×": "*", "π": "pi", "²": "^2", "³": "^3", "≤": "<=", "≥": ">="}
_FORBIDDEN = re.compile(r"[^ -~]|[\\#'\"]")


def allowed(names: tuple[str, ...]) -> str:
    """What may stand there, in words."""
    return f"use {', '.join(names)}, numbers, pi, e, + - * / ^, < >, brackets, {', '.join((*FUNCTIONS, *EXTREMES))}"


@dataclass(frozen=True)
class Expression:
    """A number for each point (n, d), whose coordinates are called by ``names``."""

    tree: Tree
    names: tuple[str, ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Its values (n,); not finite where it has none."""
        known = {name: x[:, k] for k, name in enumerate(self.names[: x.shape[1]])}
        if "r" in self.names and self.holds("r"):
            known["r"] = np.sqrt((x**2).sum(1))
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
    if len(text) > LONGEST:
        raise Wrong("", f"{len(text):,} characters are too many; give {LONGEST} at most")
    plain, origin = _plain(text)
    if not plain.strip():
        raise Wrong("", f"it is empty; {allowed(names)}")
    if found := _FORBIDDEN.search(plain):
        raise _refused(f"the character {found[0]!a} is not allowed", names, origin[found.start()])
    if found := GLUED.search(plain):
        at = origin[found.end() - 1]
        raise Wrong("", f"column {at}: {found[0]!r} is not allowed; write a product with *, as in 2*{names[0]}")
    source, columns = [], []
    for c, column in zip(plain, origin, strict=True):
        source.append("**" if c == "^" else c)
        columns += [column] * len(source[-1])
    code = "".join(source)
    lead = len(code) - len(code.lstrip())
    try:
        node = ast.parse(code.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        told = _bracket(plain)
        if told is not None:
            at, why = told
            raise Wrong("", f"column {origin[at]}: {why}") from None
        offset = (getattr(error, "offset", None) or len(columns)) - 1 + lead  # none where the text ends too early
        at = columns[min(max(offset, 0), len(columns) - 1)]
        raise Wrong(
            "", f"column {at}: something is missing here, an operand or a sign; write a product as 2*{names[0]}"
        ) from None
    return Expression(_Reading(names, columns, lead).tree(node, 0), names)


def _plain(text: str) -> tuple[str, list[int]]:
    """In ASCII, as far as it can be said there, and the column from 1 that each character comes from."""
    made, origin = [], []
    for column, c in enumerate(text, 1):
        made.append(_TYPESET.get(c, c))
        origin += [column] * len(made[-1])
    return "".join(made), origin


def _bracket(text: str) -> tuple[int, str] | None:
    """The place of a bracket without its partner, and what it lacks."""
    open_ = []
    for k, c in enumerate(text):
        if c == "(":
            open_.append(k)
        elif c == ")" and not open_:
            return k, "this bracket closes none; take it away, or open one before it"
        elif c == ")":
            open_.pop()
    return (open_[-1], "this bracket is never closed; close it where its part ends") if open_ else None


def _refused(why: str, names: tuple[str, ...], column: int) -> Wrong:
    return Wrong("", f"column {column}: {why}; {allowed(names)}")


class _Reading:
    """From the grammar's tree to ours; everything that is not named here is refused."""

    def __init__(self, names: tuple[str, ...], columns: list[int], lead: int) -> None:
        self._names, self._columns, self._lead = names, columns, lead

    def _no(self, node: ast.AST, why: str) -> Wrong:
        at = min(getattr(node, "col_offset", 0) + self._lead, len(self._columns) - 1)
        return _refused(why, self._names, self._columns[at])

    def tree(self, node: ast.AST, depth: int) -> Tree:
        if depth > DEEPEST:
            raise self._no(node, f"more than {DEEPEST} brackets and signs within each other are not allowed")
        deeper = lambda inner: self.tree(inner, depth + 1)  # noqa: E731
        match node:
            case ast.Constant(value=int() | float() as x) if not isinstance(x, bool):
                if not abs(x) <= LARGEST:
                    raise self._no(node, f"numbers beyond {LARGEST:g} are not allowed")
                return float(x)
            case ast.Name(id=name) if name in self._names:
                return name
            case ast.Name(id=name) if name in CONSTANTS:
                return CONSTANTS[name]
            case ast.Name(id=name):
                raise self._no(node, f"the name {name!r} is not known here")
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return ("neg", deeper(inner))
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return deeper(inner)
            case ast.BinOp(op=op, left=left, right=right) if type(op) in OPERATORS:
                return (OPERATORS[type(op)], deeper(left), deeper(right))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARED for op in ops):
                ends = [deeper(left), *map(deeper, others)]
                found = [(_COMPARED[type(op)], ends[k], ends[k + 1]) for k, op in enumerate(ops)]
                return found[0] if len(found) == 1 else ("all", *found)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if not any(
                isinstance(a, ast.Starred) for a in args
            ):
                if name in FUNCTIONS and len(args) == 1:
                    return (name, deeper(args[0]))
                if name in EXTREMES and 1 < len(args) < 10:
                    return (name, *map(deeper, args))
                if name in (*FUNCTIONS, *EXTREMES):
                    wanted = "two or more" if name in EXTREMES else "exactly one"
                    raise self._no(node, f"{name} of {len(args)} things is not allowed, it takes {wanted}")
                raise self._no(node, f"{name!r} cannot be called")
            case ast.Call():
                raise self._no(node, "calling this is not allowed")
        raise self._no(node, f"{CALLED.get(type(node), 'one of its signs')} is not allowed")


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
        case "all":
            for v in rest:
                u = u * v
            return u
    return _COMPARE[name](u, rest[0]) * 1.0


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
        case "^" if rest[0].slope is None:
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
        case "all":
            for v in rest:
                u = Jet(u.value * v.value)
            return u
    return Jet(_COMPARE[name](u.value, rest[0].value) * 1.0)


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
