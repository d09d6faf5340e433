"""The tree of rounds: the trunk is reflow after reflow; a branch continues any round by another operation.

A round is named by where it stands: ``2`` on the trunk, ``refreshed.1`` on a branch. What it *is* follows from its
lineage alone, the operations from the first round on: two branches that do the same share their rounds, and a new name
trains nothing anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from engine.parts import Operation, Wrong, knob
from engine.registry import check_ranges, kinds, nearest

MOST_BRANCHES = 20
MOST_NAME = 24
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in range(10))}
NAME = re.compile(rf"[^\W\d_](?:[\w -]{{0,{MOST_NAME - 2}}}[\w-])?")


class Branch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way on from a finished round; its rounds after the first are reflow."""

    name: Annotated[
        str, knob("name", tip="Letters, digits, spaces and - _ ; its rounds are called NAME.1, NAME.2, ...")
    ]
    after: Annotated[
        int | str, knob("after", tip="The round that it continues: a number on the trunk, or NAME.1 on a branch above.")
    ] = 1
    operation: Annotated[Any, knob("operation", family="operations")] = msgspec.field(
        default_factory=lambda: kinds("operations")["reflow"]()
    )
    rounds: Annotated[int, knob("rounds", 1, 20, tip="The first one by the operation, further ones are reflow.")] = 1


@dataclass(frozen=True)
class Node:
    """One round of the tree. ``lineage``: the operations between the first round and this one."""

    name: str
    parent: str  # empty: the coupling
    lineage: tuple[Operation, ...]

    @property
    def depth(self) -> int:
        """1 is the first rectification."""
        return len(self.lineage) + 1

    @property
    def branch(self) -> str:
        """The name of its branch; empty on the trunk."""
        return self.name.rpartition(".")[0]


def nodes(rounds: int, branches: Sequence[Branch]) -> tuple[Node, ...]:
    """Every round that is asked for, parents before children: the trunk, then branch after branch.

    Raises Wrong, naming the branch.
    """
    reflow = kinds("operations")["reflow"]()
    found = {str(k): Node(str(k), str(k - 1) if k > 1 else "", (reflow,) * (k - 1)) for k in range(1, rounds + 1)}
    for at, branch in enumerate(branches):
        parent = found.get(str(branch.after))
        if parent is None:
            raise Wrong(f"branches[{at}].after", _unknown(branch, rounds, list(found)))
        for k in range(1, branch.rounds + 1):
            operation = branch.operation if k == 1 else reflow
            node = Node(f"{branch.name}.{k}", parent.name, (*parent.lineage, operation))
            found[node.name] = parent = node
    return tuple(found.values())


def check(rounds: int, branches: Sequence[Branch], dim: int) -> None:
    """Raise Wrong where the branches do not make a tree."""
    if len(branches) > MOST_BRANCHES:
        raise Wrong("branches", f"there are {len(branches)}; {MOST_BRANCHES} are the most")
    names: set[str] = set()
    for at, branch in enumerate(branches):
        try:
            if not NAME.fullmatch(branch.name):
                right = f"start with a letter and use letters, digits, spaces, - and _, {MOST_NAME} at most"
                raise Wrong("name", f"{branch.name[:40]!r} is not a name; {right}")
            if branch.name.lower() in RESERVED:
                raise Wrong("name", f"{branch.name!r} is no name for files on Windows; choose another")
            if branch.name.lower() in names:  # folders of some systems do not tell case apart
                raise Wrong("name", f"{branch.name!r} names an earlier branch too; give each its own")
            check_ranges(branch)
            check_ranges(branch.operation)
            branch.operation.check(dim)
        except Wrong as wrong:
            where = wrong if wrong.where in branch.__struct_fields__ else wrong.within("operation")
            raise where.within(f"branches[{at}]") from None
        names.add(branch.name.lower())
    nodes(rounds, branches)


def pruned(branches: Sequence[Branch], name: str) -> tuple[Branch, ...]:
    """The branches without this one and all that grow from it."""
    gone, left = {name}, []
    for branch in branches:
        if branch.name in gone or str(branch.after).rpartition(".")[0] in gone:
            gone.add(branch.name)
        else:
            left.append(branch)
    return tuple(left)


def fresh_name(operation: Operation, branches: Sequence[Branch]) -> str:
    """A name for a new branch that none has yet."""
    taken, word = {branch.name.lower() for branch in branches}, operation.word or "branch"
    names = [word, *(f"{word} {k}" for k in range(2, MOST_BRANCHES + 2))]
    return next(name for name in names if name.lower() not in taken)


def _unknown(branch: Branch, rounds: int, known: list[str]) -> str:
    shown = repr(str(branch.after)[:40])
    if not known:
        return f"{shown}: there is no round to continue; rounds is 0"
    near = nearest(str(branch.after), [name for name in known if "." in name])
    hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known[:12])}"
    return f"there is no round {shown} above this branch; {hint}"


def title(name: str) -> str:
    """A round's name as people read it: ``2-rectified``, ``refreshed``, ``refreshed 2``."""
    branch, _, number = name.rpartition(".")
    if not branch:
        return f"{name}-rectified"
    return branch if number == "1" else f"{branch} {number}"
