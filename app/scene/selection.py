"""The particles that were selected: how they stand out, and their numbers.

A particle is the number of its pair, from 0: the same start x0 in every round that goes on by reflow.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.scene.frame import shown
from app.scene.known import flow, pairs
from app.scene.look import Look
from app.scene.marks import Arrows, Lines, Mark, Panel, Points
from app.scene.numbers import number
from engine.snapshot import Snapshot

FADE = 0.18  # of its alpha, that is left to what is not selected
BOLD = 1.6  # times as wide, or as large, is what is


def stands_out(panel: Panel, selected: tuple[int, ...]) -> Panel:
    """The same panel with the selected particles in front of all others, which fade."""
    if not selected or not any(getattr(mark, "who", None) is not None for mark in panel.marks):
        return panel
    marks: list[Mark] = []
    front: list[Mark] = []
    for mark in panel.marks:
        if not isinstance(mark, Points | Lines | Arrows) or mark.who is None:
            marks.append(mark)
            continue
        chosen = np.isin(mark.who, selected)
        marks.append(replace(_rows(mark, ~chosen), alpha=FADE * mark.alpha))
        if chosen.any():
            bold = _rows(mark, chosen)
            size = {"size": BOLD * mark.size} if isinstance(mark, Points) else {"width": BOLD * mark.width}
            front.append(replace(bold, alpha=1.0, name="", **size))
    return replace(panel, marks=(*marks, *front))


def _rows(mark: Points | Lines | Arrows, some: np.ndarray) -> Points | Lines | Arrows:
    """Some of the rows of a mark, whose places are on the page already."""
    fields = {name: np.asarray(getattr(mark, name))[some] for name in ("xy", "who")}
    if isinstance(mark, Arrows):
        fields["uv"] = np.asarray(mark.uv)[some]
    if mark.shade is not None:
        fields["shade"] = mark.shade[some]
    return replace(mark, **fields)


def columns(dim: int) -> tuple[str, ...]:
    """What is told of each particle."""
    of = lambda name: [f"{name}[{k}]" for k in range(1, dim + 1)] if dim > 1 else [name]  # noqa: E731
    return ("particle", *of("x0"), *of("x1"), *of("z1"), "|x1-x0|^2", "|z1-z0|^2", "length of Z", "length/|z1-z0|")


def numbers(snapshot: Snapshot, look: Look) -> list[tuple[float | int | None, ...]]:
    """A row for each selected particle, in the round on show: start, partner, end of its trajectory, the cost of
    both, and how long the trajectory is, by the states of the solver on display; None where it is not known."""
    view, dim = shown(snapshot, look), snapshot.spec.dim
    ends, traced = pairs(view), flow(view)
    made = []
    for i in look.selected:
        x0 = x1 = z1 = (None,) * dim
        cost = moved = long = bent = None
        if ends is not None and i < len(ends.x0):
            x0, x1 = (tuple(map(float, x[i])) for x in (ends.x0, ends.x1))
            cost = float(((ends.x1[i].astype(float) - ends.x0[i]) ** 2).sum())
        if traced is not None and i < traced.z.shape[1]:
            z = traced.z[:, i].astype(float)
            z1, moved = tuple(z[-1].tolist()), float(((z[-1] - z[0]) ** 2).sum())
            long = float(np.linalg.norm(np.diff(z, axis=0), axis=1).sum())
            bent = long / moved**0.5 if moved > 0 else None
        made.append((i, *x0, *x1, *z1, cost, moved, long, bent))
    return made


def copied(snapshot: Snapshot, look: Look) -> str:
    """The same as tab-separated text, every digit of it; the unknown is empty."""
    rows = [columns(snapshot.spec.dim), *numbers(snapshot, look)]
    return "".join("\t".join("" if x is None else str(x) for x in row) + "\n" for row in rows)


def table(snapshot: Snapshot, look: Look, most: int) -> tuple[tuple[str, ...], ...]:
    """The same for people, at most ``most`` rows: coordinates of a point in one cell."""
    dim, rows = snapshot.spec.dim, []
    for row in numbers(snapshot, look)[:most]:
        points = [row[1 + k * dim : 1 + (k + 1) * dim] for k in range(3)]
        said = ["–" if None in p else ", ".join(number(x) for x in p) for p in points]
        rows.append((str(row[0]), *said, *("–" if x is None else number(x) for x in row[1 + 3 * dim :])))
    return (("particle", "x0", "x1", "Z1", "|x1 − x0|²", "|Z1 − Z0|²", "length of Z", "length / |Z1 − Z0|"), *rows)
