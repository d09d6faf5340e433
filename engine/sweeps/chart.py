"""A picture of a figure against a swept field: each seed a faint point, their mean with its standard deviation."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from engine.parts import Wrong
from engine.registry import kinds, nearest
from engine.sweeps.results import Results, Row, combination, mean_and_sd, text, values
from engine.writing import write_atomically

INKS = ("#0072b2", "#b35900", "#00795a", "#a1507f", "#3a87b8", "#555555")  # Okabe-Ito, dark enough for white
SHAPES = "osD^vP"
MOST = 12  # lines in one picture


def draw(results: Results, metric: str, out: Path, against: str = "") -> Path | None:
    """Write METRIC.png; None when no run has this figure. Raises Wrong."""
    rows = [row for row in results.ends if row["status"] == "done" and row.get(metric) is not None]
    if not rows:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # draws into memory: no window, no settings touched
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.5), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    x, lines = _arranged(results, rows, against or _first(results))
    numeric = all(isinstance(row[x], int | float) and not isinstance(row[x], bool) for row in rows) if x else False
    places = [] if numeric else list(dict.fromkeys(_label(results, row, x) for row in rows))
    for k, (label, held) in enumerate(list(lines.items())[:MOST]):
        shift = 0.0 if numeric else 0.5 * ((k + 0.5) / min(len(lines), MOST) - 0.5)
        _line(axes, label, held, metric, k, lambda row, s=shift: _place(results, row, x, places) + s, joined=numeric)
    if numeric:
        found = [row[x] for row in rows]
        if min(found) > 0 and max(found) >= 10 * min(found):
            axes.set_xscale("log")
    else:
        axes.set_xticks(range(len(places)), places, rotation=30 if max(map(len, places)) > 12 else 0)
        axes.set_xlim(-0.6, len(places) - 0.4)
    axes.set_xlabel(x or ", ".join(results.plan.fields) or "all seeds")
    axes.set_ylabel(_title(metric))
    told = f" (first {MOST} of {len(lines)} lines)" if len(lines) > MOST else ""
    axes.set_title(f"mean ± standard deviation over seeds{told}", fontsize="small", color="#555555")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    write_atomically(out / f"{metric}.png", content.getvalue())
    return out / f"{metric}.png"


def clear(out: Path, drawn: set[str]) -> None:
    """Remove the pictures of figures that were asked for before, and not this time: they show other runs."""
    known = kinds("metrics")
    for path in out.glob("*.png"):
        if path.stem not in drawn and (path.stem in known or path.stem.rpartition("_")[0] in known):
            path.unlink()


def check_field(fields: tuple[str, ...], against: str) -> None:
    """Raise Wrong for a field that is not swept."""
    if against and against not in fields:
        near = nearest(against, list(fields))
        hint = f"did you mean {near}?" if near else f"swept are {', '.join(fields) or 'seeds alone'}"
        raise Wrong("against", f"{against!r} is not a swept field; {hint}")


def _first(results: Results) -> str:
    """The first field of numbers, otherwise the first field."""
    fields = results.plan.fields
    found = (f for f in fields if all(isinstance(row[f], int | float) for row in results.rows))
    return next(found, fields[0] if fields else "")


def _arranged(results: Results, rows: list[Row], x: str) -> tuple[str, dict[str, list[Row]]]:
    """The field across, and the rows of each line by the values of the other fields.

    Zipped fields change together: they make one line, over all fields at once (no field) where ``x`` repeats itself.
    """
    zipped, several = results.plan.mode == "zip", len({row["branch"] for row in rows}) > 1
    others = () if zipped else [field for field in results.plan.fields if field != x]
    lines: dict[str, list[Row]] = {}
    for row in rows:
        words = [f"{field} = {text(row[field])}" for field in others]
        lines.setdefault(", ".join([*words, row["branch"] or "trunk"] if several else words), []).append(row)
    if zipped and x:
        repeats = len({text(row[x]) for row in rows}) < len({combination(results.plan, row) for row in rows})
        return ("" if repeats else x), lines
    return x, lines


def _label(results: Results, row: Row, x: str) -> str:
    words = text(row[x]) if x else ", ".join(combination(results.plan, row))
    return words if len(words) <= 40 else f"{words[:39]}…"


def _place(results: Results, row: Row, x: str, places: list[str]) -> float:
    return float(places.index(_label(results, row, x))) if places else float(row[x])


def _line(axes: Any, label: str, rows: list[Row], metric: str, k: int, place: Any, joined: bool) -> None:
    ink, shape = INKS[k % len(INKS)], SHAPES[k % len(SHAPES)]
    groups: dict[float, list[Row]] = {}
    for row in rows:
        groups.setdefault(place(row), []).append(row)
    at = sorted(groups)
    means, sds = zip(*(mean_and_sd(values(groups[a], metric)) for a in at), strict=True)
    axes.plot([place(row) for row in rows], [row[metric] for row in rows], "o", color=ink, alpha=0.3, ms=3, mew=0)
    axes.errorbar(
        at,
        means,
        yerr=[sd or 0.0 for sd in sds],
        label=label,
        color=ink,
        marker=shape,
        ms=6,
        capsize=3,
        linestyle=("-" if k < len(INKS) else "--") if joined else "none",
    )


def _title(name: str) -> str:
    """Label, symbol and unit of a figure."""
    known = kinds("metrics")
    kind, _, rung = (name, "", "") if name in known else name.rpartition("_")
    metric = known[kind]
    at = f", {metric.axis} = {rung}" if rung else ""
    return f"{metric.label}  {metric.symbol}{at}  [{metric.unit}]"
