"""What a sweep found, as tables: a row per run, a row per run and round, and a row per combination of values.

``results``: one row per run with the figures of the trunk's last round. ``rounds``: the same figures, one row per
round. ``summary``: over the seeds, one row for the trunk's end and one for that of each branch.
Earlier rounds are rows, not columns, so that a column means one thing and a sweep over ``rounds`` has no ragged edge.
No times and no folders of this machine: the same sweep gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.evidence.metric import Metric
from engine.registry import kinds
from engine.sweeps.plan import Plan
from engine.sweeps.trial import Outcome, Trial
from engine.writing import write_atomically

Row = dict[str, Any]
BESIDE = ("closed_form", "reference")
WORDS = (  # of metrics.json, which are no figures
    *("round", "continues", "operation", "standard_error", *BESIDE, "no_reference", "velocity", "warning", "remark"),
)


@dataclass(frozen=True)
class Results:
    """The three tables. Missing cells are None or absent. ``ends`` are the rows of each run and each end of its tree,
    the trunk's (``branch`` is "") before those of the branches."""

    plan: Plan
    rows: list[Row]
    rounds: list[Row]
    summary: list[Row]
    ends: list[Row]

    def write(self, out: Path) -> None:
        """results and rounds as CSV and Parquet, summary as CSV. Raises Wrong."""
        for name, rows in (("results", self.rows), ("rounds", self.rounds)):
            write_atomically(out / f"{name}.csv", as_csv(rows))
            write_atomically(out / f"{name}.parquet", as_parquet(rows))
        write_atomically(out / "summary.csv", as_csv(self.summary))

    @property
    def failed(self) -> int:
        return sum(row["status"] != "done" for row in self.rows)


def figure_names(also: Iterable[str] = ()) -> list[str]:
    """Every figure that a row may hold, in the order of the metrics; with those of ``also`` that are rungs over N of
    another ladder than the usual one, as euler_error_12."""
    asked: dict[str, set[int]] = {}
    for name in also:
        kind, _, rung = name.rpartition("_")
        if rung.isascii() and rung.isdigit() and rung == str(int(rung)):
            asked.setdefault(kind, set()).add(int(rung))
    return [
        name
        for kind, metric in kinds("metrics").items()
        for name in ([f"{kind}_{x:g}" for x in _rungs(metric, asked.get(kind, set()))] if metric.ladder else [kind])
    ]


def _rungs(metric: type[Metric], more: set[int]) -> list[float]:
    return sorted({*metric.ladder, *(more if metric.axis == "N" else ())})


def gathered(plan: Plan, outcomes: dict[int, Outcome], runs: Path) -> Results:
    """The tables of all trials, from their metrics.json."""
    results, rounds, ends = [], [], []
    for trial in plan.trials:
        outcome = outcomes[trial.number]
        head = {"run": trial.name, **trial.values, "seed": trial.seed, "status": outcome.status}
        figures = _rounds(trial, runs) if outcome.final else []
        tail = {"error": outcome.error, "device": outcome.device}
        last = {"": {"round": None}} | {_branch(row): row for row in figures}
        results.append({**head, **tail, **last[""]})
        ends += [{"branch": branch, **head, **tail, **row} for branch, row in last.items()]
        rounds.extend({**head, **row} for row in figures)
    results, rounds, ends = _level(results), _level(rounds), _level(ends)
    return Results(plan, results, rounds, _summary(plan, ends), ends)


def _branch(row: Row) -> str:
    """Whose round it is; empty for the trunk."""
    return "" if isinstance(row["round"], int) else row["round"].rpartition(".")[0]


def _rounds(trial: Trial, runs: Path) -> list[Row]:
    content = json.loads((runs / trial.name / "metrics.json").read_text(encoding="utf-8"))
    return [_figures(held) for held in content["rounds"]]


def _figures(held: dict[str, Any]) -> Row:
    """One round of metrics.json in one row: NAME, NAME_se, NAME_closed_form or NAME_reference with their own _se;
    a ladder has NAME_N."""
    row: Row = {"round": held["round"]}
    for name, value in _flat({k: v for k, v in held.items() if k not in WORDS}):
        row[name] = value
    errors = held.get("standard_error", {})
    for name, value in _flat({k: v for k, v in errors.items() if k not in BESIDE}):
        row[f"{name}_se"] = value
    for beside in BESIDE:
        for found, end in ((held, ""), (errors, "_se")):
            for name, value in _flat(found.get(beside, {})):
                row[f"{name}_{beside}{end}"] = value
    return row


def _flat(figures: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from ((f"{name}_{n}", rung) for n, rung in value.items())
        else:
            yield name, value


def _level(rows: list[Row]) -> list[Row]:
    """All rows with all columns, in the order in which they first appear."""
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]


def combination(plan: Plan, row: Row) -> tuple[str, ...]:
    """The swept values of a row as text: what rows that differ in their seed alone have in common."""
    return tuple(text(row[field]) for field in plan.fields)


def _summary(plan: Plan, ends: list[Row]) -> list[Row]:
    """Mean and sample standard deviation over the seeds; runs that failed or diverged are counted, not averaged."""
    groups: dict[tuple[str, ...], dict[str, list[Row]]] = {}
    for row in ends:
        groups.setdefault(combination(plan, row), {}).setdefault(row["branch"], []).append(row)
    known = [name for name in figure_names(ends[0] if ends else ()) if any(row.get(name) is not None for row in ends)]
    summary = []
    for of in groups.values():
        statuses = [row["status"] for row in of[""]]
        for rows in of.values():
            found = {str(row["round"]): row["round"] for row in rows if row["round"] is not None}
            counted = {field: rows[0][field] for field in plan.fields}
            counted |= {"round": next(iter(found.values())) if len(found) == 1 else None, "runs": len(statuses)}
            counted |= {status: statuses.count(status) for status in ("done", "diverged", "failed")}
            for name in known:
                counted[f"{name}_mean"], counted[f"{name}_sd"] = mean_and_sd(values(rows, name))
            summary.append(counted)
    return summary


def values(rows: Iterable[Row], name: str) -> list[float]:
    return [row[name] for row in rows if row["status"] == "done" and row.get(name) is not None]


def mean_and_sd(found: list[float]) -> tuple[float | None, float | None]:
    """None where there is nothing to take it from; a standard deviation needs two."""
    return statistics.fmean(found) if found else None, statistics.stdev(found) if len(found) > 1 else None


def text(value: Any) -> str:
    """A cell of a CSV: shortest digits that read back the same, nothing for what is missing."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def as_csv(rows: list[Row]) -> bytes:
    content = io.StringIO()
    if rows:
        writer = csv.writer(content, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([text(value) for value in row.values()] for row in rows)
    return content.getvalue().encode()


def as_parquet(rows: list[Row]) -> bytes:
    """Typed columns: whole numbers, numbers, truth values; text for a column that mixes them."""
    import pyarrow
    from pyarrow import parquet

    columns = {}
    for name in rows[0] if rows else ():
        found = [row[name] for row in rows]
        types = {type(value) for value in found if value is not None}
        if types == {int, float}:
            columns[name] = pyarrow.array([None if x is None else float(x) for x in found], pyarrow.float64())
        elif types and types <= {float, int, bool} and len(types) == 1:
            columns[name] = pyarrow.array(found)
        elif types or name in ("error", "device", "run"):
            columns[name] = pyarrow.array([None if x is None else text(x) for x in found], pyarrow.string())
        else:
            columns[name] = pyarrow.array(found, pyarrow.float64())  # a figure that no run has
    content = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), content)
    return content.getvalue()
