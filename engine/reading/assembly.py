"""From columns to a cloud: rows without a value are dropped and told, classes coded, the cloud placed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.laws.shapes import FAR
from engine.parts import Wrong
from engine.reading.choice import Choice
from engine.reading.contents import MAX_WORDS, Contents, Dropped
from engine.reading.limits import fault
from engine.reading.normalisation import Scaling, scaling
from engine.reading.roles import Roles, roles, title


@dataclass(frozen=True, eq=False)
class Reading:
    """A file's cloud: points (n, d) float64 as placed, classes (n,) and weights (n,) where they were asked for."""

    points: np.ndarray
    scaling: Scaling
    roles: Roles
    axes: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()  # the names of the labels
    weights: np.ndarray | None = None  # they sum to 1
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def duplicates(self) -> int:
        """How many of the points stand there before."""
        return int(again(self.points).sum())

    @property
    def doubts(self) -> tuple[str, ...]:
        return self.roles.doubts


def reading(path: str, contents: Contents, choice: Choice, dim: int | None) -> Reading:
    """The cloud of the columns. Raises Wrong."""
    told = roles(path, contents, choice, dim)
    columns = [contents.columns[k] for k in told.coordinates]
    for column in columns:
        if column.fault:
            raise fault(path, column.fault)
    x = np.column_stack([column.values for column in columns])
    keep, dropped = np.ones(len(x), bool), []

    def drop(bad: np.ndarray, why: str) -> None:
        nonlocal keep
        count = int((bad & keep).sum())
        if count:
            dropped.append(Dropped(count, why))
            keep &= ~bad

    drop(~np.isfinite(x).all(axis=1), "without a finite value of every coordinate")
    labels, classes = _labels(contents, told, choice)
    if labels is not None:
        drop(labels < 0, "without a class")
        if choice.only:
            drop(~np.isin(labels, [classes.index(name) for name in choice.only]), "of other classes")
    weights = contents.columns[told.weights].values if told.weights is not None else None
    if weights is not None:
        if (weights < 0).any():
            raise Wrong("weights", f"{title(contents, told.weights)} holds negative numbers; weights are 0 or more")
        drop(~np.isfinite(weights) | (weights == 0), "of weight 0, or none")
    x = x if keep.all() else x[keep]
    if not len(x):
        gone = ", ".join(f"{one.count:,} rows {one.why}" for one in dropped)
        raise fault(path, f"leaves no points: {gone}" if gone else "holds no points; give one point per row")
    if choice.duplicates == "drop" and (twice := again(x)).any():
        dropped.append(Dropped(int(twice.sum()), "that stand there before"))
        x, keep = x[~twice], _within(keep, ~twice)
    labels = labels[keep] if labels is not None else None
    weights = weights[keep] / weights[keep].sum() if weights is not None else None
    if labels is not None:
        kept = np.unique(labels)
        labels, classes = np.searchsorted(kept, labels), tuple(classes[k] for k in kept)
    placed = scaling(x, weights, choice)
    points = np.ascontiguousarray(placed.at(x))
    if np.abs(points).max() > FAR:
        most = f"{np.abs(points).max():.3g}"
        raise fault(path, f"reaches {most}, and 1e6 at most; bring it nearer (normalise), or rescale the data")
    for array in (points, labels, weights):
        if array is not None:
            array.flags.writeable = False
    notes = list(told.notes)
    if choice.normalise == "as needed" and placed.moves and placed.rule != "given":
        notes.append(f"the cloud lies too far out to keep its digits, and is placed by the rule {placed.rule!r}")
    axes = tuple(title(contents, k) for k in told.coordinates)
    return Reading(points, placed, told, axes, labels, classes, weights, tuple(dropped), tuple(notes))


def _within(keep: np.ndarray, rows: np.ndarray) -> np.ndarray:
    kept = keep.copy()
    kept[keep] = rows
    return kept


def _labels(contents: Contents, told: Roles, choice: Choice) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Codes (n,), -1 for none, and their names. Raises Wrong."""
    if told.classes is None:
        if choice.only:
            raise Wrong("only", "names classes, but no column of classes is named; give classes too")
        return None, ()
    column, name = contents.columns[told.classes], title(contents, told.classes)
    if not column.numeric:
        if not column.words:
            raise Wrong("classes", f"{name} has more than {MAX_WORDS:,} different texts; name a column of classes")
        labels, words = column.values.astype(int), column.words
    else:
        known = np.unique(column.values[np.isfinite(column.values)])
        if len(known) > MAX_WORDS:
            raise Wrong("classes", f"{name} has more than {MAX_WORDS:,} different numbers; name a column of classes")
        labels = np.where(np.isfinite(column.values), np.searchsorted(known, column.values), -1)
        words = tuple(f"{value:g}" for value in known)
    for wanted in choice.only:
        if wanted not in words:
            listed = ", ".join(words[:8]) + (", …" if len(words) > 8 else "")
            raise Wrong("only", f"{wanted!r} is no class of {name}, which has {listed}")
    return labels, words


def again(x: np.ndarray) -> np.ndarray:
    """Which rows (n,) stand there before, the first of them not. By a mixed hash of 64 bits: sorting rows is slow."""
    mixed = np.zeros(len(x), np.uint64)
    with np.errstate(over="ignore"):
        for column in (x + 0.0).T:  # -0 is 0
            bits = np.ascontiguousarray(column).view(np.uint64)
            mixed = (mixed ^ bits ^ (bits >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(32)
    _, first = np.unique(mixed, return_index=True)
    twice = np.ones(len(x), bool)
    twice[first] = False
    return twice
