"""From the text of an expression to its tree: everything that is not named here is refused, at its column."""

from __future__ import annotations

import ast
import re
from typing import Any

from engine.laws.functions import EXTREMES, FUNCTIONS
from engine.motion.formula import CALLED, CONSTANTS, DEEPEST, GLUED, OPERATORS
from engine.parts import Wrong

LONGEST = 300  # characters
LARGEST = 1e12  # of a number that is typed

Tree = Any  # float | "x" | (name, *branches)

_COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_TYPESET = {"−": "-", "–": "-", "·": "*", "×": "*", "π": "pi", "²": "^2", "³": "^3", "≤": "<=", "≥": ">="}
_FORBIDDEN = re.compile(r"[^ -~]|[\\#'\"]")


def allowed(names: tuple[str, ...]) -> str:
    """What may stand there, in words."""
    return f"use {', '.join(names)}, numbers, pi, e, + - * / ^, < >, brackets, {', '.join((*FUNCTIONS, *EXTREMES))}"


def tree_of(text: str, names: tuple[str, ...]) -> Tree:
    """The tree of an expression that is typed. Raises Wrong for everything that is none."""
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
    return _Reading(names, columns, lead).tree(node, 0)


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
                return (" ".join(_COMPARED[type(op)] for op in ops), deeper(left), *map(deeper, others))
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
