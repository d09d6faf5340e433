from __future__ import annotations

import re
from collections.abc import Iterator

from app.export.datum import Datum, Matter, as_csv
from app.scene.numbers import figure, short
from engine.evidence.estimate import Estimate
from engine.parts import Wrong
from engine.registry import kinds, part
from engine.snapshot import RoundView
from engine.tree import title

#: What LaTeX has its own words for.
TEX = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\u2009": r"\,",
    "−": "$-$",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "∫": r"$\int$",
    "∞": r"$\infty$",
    "σ": r"$\sigma$",
    "γ": r"$\gamma$",
    "|": r"$|$",
}
RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
LOWERED = str.maketrans(RAISED, "-0123456789")


@part
class Figures(Datum, frozen=True, tag="figures"):
    """All figures of all rounds, with standard errors and what they rest on."""

    title = "Figures"
    hint = "all figures of all rounds, with their standard errors"
    suffixes = (".csv", ".md", ".tex")
    name = "figures"
    measured = True
    rank = 10

    def content(self, matter: Matter, suffix: str) -> bytes:
        rounds = [
            view for view in matter.snapshot.rounds if view.number and (view.figures.single or view.figures.ladders)
        ]
        if not rounds:
            raise Wrong("", "there are no figures yet: they are measured after each round")
        if suffix == ".csv":
            return as_csv(COLUMNS, _rows(rounds))
        head, rows = _table(rounds)
        return (_markdown if suffix == ".md" else _latex)(head, rows).encode()


COLUMNS = ("round", "figure", "rung", "value", "standard_error", "samples", "reference", "reference_error", "unit")


def _rows(rounds: list[RoundView]) -> Iterator[list[object]]:
    """Every digit."""
    for view in rounds:
        for kind, rung, found, beside in _found(view):
            unit = getattr(kinds("metrics").get(kind), "unit", "")
            true = (beside.value, beside.error) if beside is not None else (None, None)
            step = int(rung) if rung is not None and rung == int(rung) else rung
            yield [view.name, kind, step, found.value, found.error, found.n, *true, unit]


def _found(view: RoundView) -> Iterator[tuple[str, float | None, Estimate, Estimate | None]]:
    """(kind, rung, figure, the same of the reference), in the order of the metrics."""
    own, beside = view.figures, view.beside
    order = [*kinds("metrics"), *(key for key in (*own.single, *own.ladders) if key not in kinds("metrics"))]
    for kind in dict.fromkeys(order):
        if kind in own.single:
            yield kind, None, own.single[kind], beside.single.get(kind)
        for rung, found in own.ladders.get(kind, {}).items():
            yield kind, rung, found, beside.ladders.get(kind, {}).get(rung)


def _table(rounds: list[RoundView]) -> tuple[list[str], list[list[str]]]:
    """A row for each figure, a column for each round, as people read them."""
    cells: dict[tuple[str, float | None], dict[str, str]] = {}
    for view in rounds:
        for kind, rung, found, _ in _found(view):
            cells.setdefault((kind, rung), {})[view.name] = figure(found)
    rows = []
    for (kind, rung), values in cells.items():
        metric = kinds("metrics").get(kind)
        words = getattr(metric, "label", "") or kind.replace("_", " ")
        if rung is not None:
            words = f"{words}, {getattr(metric, 'axis', '')} = {short(rung)}"
        rows.append([words, *(values.get(view.name, "") for view in rounds)])
    return ["", *(title(view.name) if "." in view.name else f"round {view.name}" for view in rounds)], rows


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _latex(head: list[str], rows: list[list[str]]) -> str:
    """Without a package: \\hline instead of booktabs' rules."""
    body = [" & ".join(tex(cell) for cell in line) + r" \\" for line in (head, *rows)]
    lines = [rf"\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}", r"\hline", body[0], r"\hline", *body[1:], r"\hline"]
    return "\n".join([*lines, r"\end{tabular}", ""])


def tex(text: str) -> str:
    """As LaTeX takes it: 5.7·10⁻⁵ as a power."""
    made = "".join(TEX.get(c, c) for c in text)
    return re.sub(f"[{RAISED}]+", lambda found: f"$^{{{found[0].translate(LOWERED)}}}$", made)
