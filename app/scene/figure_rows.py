"""The figures of a round as the rows of a table: name, value with standard error, what it rests on."""

from __future__ import annotations

from typing import NamedTuple

from app.scene.known import floor
from app.scene.numbers import basis, figure
from engine.evidence.estimate import Estimate
from engine.evidence.metric import Metric
from engine.registry import kinds
from engine.snapshot import RoundView
from engine.tree import title

INDENT = "\u2003"
GROUPS = ("crossing", "straightness", "cost", "fit", "generalisation")


class FigureRow(NamedTuple):
    """A row of the table, or a group's name without a value. ``rests``: what the value rests on."""

    name: str
    value: str
    rests: str
    tip: str
    group: str = ""
    brief: bool = True


def lines(view: RoundView, rows: list[FigureRow]) -> list[FigureRow]:
    """A heading, then the rows; a sample size that all share stands in the heading alone."""
    rests = {row.rests for row in rows if row.value}
    common = rests.pop() if len(rests) == 1 else ""
    heading = FigureRow(
        f"Round {view.number}" if "." not in view.name else title(view.name),
        common,
        "" if common else "n",
        view.velocity,
    )
    return [heading, *(row._replace(rests="" if common else row.rests.removeprefix("n = ")) for row in rows)]


def grouped(rows: list[FigureRow]) -> list[FigureRow]:
    """All rows by group, each under its name."""
    groups: dict[str, list[FigureRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    order = sorted(groups, key=lambda name: GROUPS.index(name) if name in GROUPS else len(GROUPS))
    return [line for name in order for line in (FigureRow(name or "other", "", "", ""), *groups[name])]


def rows_of(view: RoundView) -> list[FigureRow]:
    """The figures of one round in the order of the registered metrics; unknown keys last."""
    known = kinds("metrics")
    own = view.figures.single
    order = [*(key for key in known if key in own), *(key for key in own if key not in known)]
    rows = []
    for key in order:
        rows.append(_row(key, view.figures.single[key], known.get(key)))
        if key in view.beside.single:
            of_truth = view.beside.single[key]
            beside = view.reference or "closed form v*"
            tip = f"{rows[-1].tip}\n\nThe same figure of the {beside}: {figure(of_truth)}"
            words = f"{INDENT}{beside.removesuffix(' v*')}", figure(of_truth), basis(of_truth), tip
            rows.append(FigureRow(*words, *rows[-1][4:]))
    for key, sentence in view.figures.failed.items():
        metric = known.get(key) or known.get(key.rpartition(" ")[0])
        rows.append(FigureRow(metric.label if metric else key, "failed", "", sentence, metric.group if metric else ""))
    V, crossing = floor(view), view.figures.single.get("crossing")
    if V and crossing is None:
        at = next((k for k, row in enumerate(rows) if row.name.startswith("V  ")), len(rows) - 1) + 1
        tip = "The floor of the training loss: V = ∫ E|dX − E[dX|X_t]|² dt"
        rows.insert(at, _row("floor V", V, None, tip)._replace(group="crossing"))
    return rows


def _row(key: str, estimate: Estimate, metric: type[Metric] | None, tip: str = "") -> FigureRow:
    words = ("label", "symbol", "unit", "formula", "group")
    label, symbol, unit, formula, group = (getattr(metric, word, "") for word in words)
    label = label or key.replace("_", " ")
    # Short symbols come first, where eliding cannot take them.
    name = f"{symbol}  {label}" if 0 < len(symbol) <= 2 else label
    error = "" if estimate.error is None else "± standard error"
    if symbol and formula and not formula.startswith(symbol.partition(" on ")[0]):  # no x = x
        formula = f"{symbol} = {formula}"
    meant = metric().said(estimate) if metric else ""
    name = f"{name}: {meant}" if meant else name
    lines = (label, formula, f"unit: {unit}" if unit else "", f"{figure(estimate)}   {error}", meant, basis(estimate))
    tip = tip or "\n".join(line for line in lines if line)
    return FigureRow(name, figure(estimate), basis(estimate), tip, group, metric is None or metric.brief)
