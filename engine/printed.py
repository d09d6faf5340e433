"""Figures on the terminal, and in a pipe: tables that show every figure whatever the width is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from engine.evidence.estimate import Estimate
from engine.registry import kinds
from engine.tree import Node
from engine.wording import clean


def means(results: Any, metrics: tuple[str, ...], width: int | None = None) -> list[Any]:
    """Mean and standard deviation over the seeds, by swept values: one table, or several of less than ``width``, each
    with as many figures as it has room for. Combinations that are too long themselves get numbers."""
    branched = any(row["branch"] for row in results.ends)
    heads = (*results.plan.fields, *(("round",) if branched else ()), "runs")
    keys = [[clean(_cell(row, name), 60) for name in heads] for row in results.summary]
    cells = {name: [_mean(row, name) for row in results.summary] for name in metrics}
    widest = max((len(cell) for name in metrics for cell in (name, *cells[name])), default=0)
    room = None if width is None else width - widest - 2
    told: list[Any] = []
    if room is not None and _width(heads, keys) > room:
        words = [", ".join(f"{name} = {value}" for name, value in zip(heads, key, strict=True)) for key in keys]
        told = [Text(f"{k}: {line}") for k, line in enumerate(words, 1)]
        heads, keys = ("",), [[f"{k}:"] for k in range(1, len(keys) + 1)]
    left = list(metrics)
    while left or not told:
        here = left[:1]
        while len(here) < len(left) and (width is None or _width(heads, keys, cells, left[: len(here) + 1]) <= width):
            here = left[: len(here) + 1]
        told += ["", _grid(heads, keys, here, cells)] if told else [_grid(heads, keys, here, cells)]
        left = left[len(here) :]
    return told


def _grid(heads: Sequence[str], keys: list[list[str]], names: list[str], cells: dict[str, list[str]]) -> Table:
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        grid.add_column(head, no_wrap=True)
    for name in names:
        grid.add_column(name.replace("_", " "), justify="right", no_wrap=True)
    for k, key in enumerate(keys):
        grid.add_row(*map(Text, key), *(Text(cells[name][k]) for name in names))
    return grid


def _width(
    heads: Sequence[str], keys: list[list[str]], cells: dict[str, list[str]] | None = None, names: Sequence[str] = ()
) -> int:
    """How wide a table of these columns is."""
    columns = [[head, *(key[k] for key in keys)] for k, head in enumerate(heads)]
    columns += [[name, *cells[name]] for name in names]
    return sum(max(map(cell_len, column)) for column in columns) + 2 * (len(columns) - 1)


def _cell(row: dict[str, Any], name: str) -> str:
    if name == "runs":
        return str(row["done"]) if row["done"] == row["runs"] else f"{row['done']} of {row['runs']}"
    return "-" if row[name] is None else str(row[name])


def _mean(row: dict[str, Any], name: str) -> str:
    mean = row.get(f"{name}_mean")
    return "-" if mean is None else shown(Estimate(mean, row.get(f"{name}_sd")))


def table(tree: list[tuple[Node, Any]]) -> Table:
    """The figures by round, with standard errors where they are known; of ladders the brief ones."""
    rounds = [held for _, held in tree]
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("")
    for node, _ in tree:
        grid.add_column(node.name if node.branch else f"round {node.name}", justify="right")
    for kind, metric in kinds("metrics").items():
        if not metric.ladder and any(kind in held.own.figures.single for held in rounds):
            found = [held.own.figures.single.get(kind) for held in rounds]
            cells = (f"{shown(e)} {metric().said(e)}".strip() if e else "" for e in found)
            grid.add_row(f"{metric.label}  {metric.symbol}", *cells)
    for kind, metric in kinds("metrics").items():
        rungs = {x for held in rounds for x in held.own.figures.ladders.get(kind, {})} if metric.brief else ()
        for x in sorted(rungs):
            found = [held.own.figures.ladders.get(kind, {}).get(x) for held in rounds]
            if any(found):
                grid.add_row(
                    f"{kind.replace('_', ' ')}, {metric.axis} = {x:g}", *(shown(e) if e else "" for e in found)
                )
    return grid


def shown(e: Estimate) -> str:
    """A figure to four digits, with its standard error to two."""
    value = f"{e.value:.4g}" if abs(e.value) >= 1e-12 else "0"
    return f"{value} ± {e.error:.2g}" if e.error else value
