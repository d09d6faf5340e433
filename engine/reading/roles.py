"""Which columns become coordinates, classes and weights: what was said, else what names and numbers tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from engine.parts import Wrong
from engine.reading.choice import Choice
from engine.reading.contents import Column, Contents
from engine.reading.limits import check_columns, fault
from engine.wording import clean

AXES = (
    ("x", "y", "z"),
    ("x1", "x2", "x3"),
    ("x0", "x1", "x2"),
    ("easting", "northing", "height"),
    ("lon", "lat", "height"),
    ("longitude", "latitude", "altitude"),
)
INDEX = re.compile(r"|unnamed.*|index|idx|id|row|rowname|row_?id|rownames|#|n[or]?\.?|nummer", re.IGNORECASE)
LABEL = re.compile(
    r"(?:class|label|target|cluster|group|species|category|dataset|kind|type|sex|gender|component|mode)(?:es|s)?(?:_?id)?"
    r"|classification|y_?(?:true|label)",
    re.IGNORECASE,
)
WEIGHT = re.compile(r"weights?|w|mass|importance|prob(?:ability)?", re.IGNORECASE)
DATE = re.compile(r"date|datum|fecha|data|day|tag", re.IGNORECASE)
CLOCK = re.compile(r"time|hour|hours|zeit|uhrzeit|heure|hora|ora", re.IGNORECASE)
MOST = 50  # classes that are offered


@dataclass(frozen=True)
class Roles:
    """By position: coordinates, and what is offered beside them."""

    coordinates: tuple[int, ...] = ()
    classes: int | None = None
    weights: int | None = None
    index: int | None = None
    labels: tuple[int, ...] = ()  # columns that can be classes
    masses: tuple[int, ...] = ()  # columns that can be weights
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, column: int) -> str:
        """x, y, z, class, weight, index, or nothing."""
        if column in self.coordinates:
            at = self.coordinates.index(column)
            return "xyz"[at] if len(self.coordinates) <= 3 else str(at + 1)
        told = {self.classes: "class", self.weights: "weight", self.index: "index"}
        return told.get(column, "")


def title(contents: Contents, k: int) -> str:
    """How a column is called: by its name, or its number from 1."""
    return clean(contents.columns[k].name, 40) or f"column {k + 1}"


def named(contents: Contents, k: int) -> str:
    """What leads a choice to this column, and to no other: its name, or its number from 1."""
    names = [column.name for column in contents.columns]
    if names[k] and names.count(names[k]) == 1:
        return names[k]
    return str(k + 1) if str(k + 1) not in [name.strip() for name in names] else f"column {k + 1}"


def position(contents: Contents, name: str, where: str) -> int:
    """The column of this name, or of this number from 1. Raises Wrong."""
    names = [column.name for column in contents.columns]
    for told in (names, [one.strip().lower() for one in names]):
        wanted = name if told is names else name.strip().lower()
        if told.count(wanted) == 1 and wanted:
            return told.index(wanted)
    number = re.fullmatch(r"(?:column )?(\d{1,6})", name.strip(), re.IGNORECASE)
    if number and 1 <= int(number[1]) <= len(names):
        return int(number[1]) - 1
    if names.count(name) > 1:
        raise Wrong(where, f"{name!r} is the name of {names.count(name)} columns; give its number, from 1")
    listed = ", ".join(title(contents, k) for k in range(min(8, len(names)))) + (", …" if len(names) > 8 else "")
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise Wrong(where, f"{clean(name, 40)!r} is no column of the file, which has {listed}{hint}")


def roles(path: str, contents: Contents, choice: Choice, dim: int | None) -> Roles:
    """The roles; what could be meant otherwise is a doubt. Raises Wrong where no points can be made."""
    columns, index = contents.columns, _index(contents, choice)
    classes = position(contents, choice.classes, "classes") if choice.classes else None
    weights = position(contents, choice.weights, "weights") if choice.weights else None
    if weights is not None and not columns[weights].numeric:
        raise Wrong("weights", f"{title(contents, weights)} holds text; weights are numbers")
    taken = {classes, weights, index}
    labels = tuple(k for k, column in enumerate(columns) if k != index and _label(column))
    masses = tuple(k for k, column in enumerate(columns) if column.numeric and WEIGHT.fullmatch(column.name.strip()))
    if choice.columns:
        chosen = [position(contents, name, "columns") for name in choice.columns]
        _check_chosen(path, contents, choice, chosen, dim)
        index = None if index in chosen else index
        return Roles(tuple(chosen), classes, weights, index, labels, masses)
    numeric = [k for k, column in enumerate(columns) if column.numeric and not column.beside and k not in taken]
    guessed, doubts, notes = _guess(path, contents, numeric, labels, masses, dim)
    return Roles(tuple(guessed), classes, weights, index, labels, masses, doubts, notes)


def _check_chosen(path: str, contents: Contents, choice: Choice, chosen: list[int], dim: int | None) -> None:
    if len(set(chosen)) < len(chosen):
        raise Wrong("columns", "names a column twice; give each once")
    if (dim is not None and len(chosen) != dim) or (dim is None and len(chosen) > 3):
        right = f"the dimension is {dim}" if dim is not None else "points have 1 to 3 coordinates"
        count = f"names {len(chosen)} column{'' if len(chosen) == 1 else 's'}"
        raise Wrong("columns", f"{count}, but {right}; name {dim or 'as many'}")
    for k in chosen:
        if not contents.columns[k].numeric:
            raise Wrong("columns", f"{title(contents, k)} is text ({contents.columns[k].fault})")


def _index(contents: Contents, choice: Choice) -> int | None:
    """A first column that only counts the rows; one that is named as something else stays a coordinate."""
    first = contents.columns[0] if contents.columns else None
    if first is None or not first.counts or len(contents.columns) < 2:
        return None
    if contents.found.named or first.name:
        return 0 if INDEX.fullmatch(first.name.strip()) else None
    return 0 if contents.found.lines and len(contents.columns) > 2 else None


def _label(column: Column) -> bool:
    """Whether it could be classes: few different words, or few whole numbers under a name that says so."""
    if not column.numeric:
        return bool(column.words) and 2 <= len(column.words) <= MOST and 2 * len(column.words) <= len(column.values)
    if not (column.beside or LABEL.fullmatch(column.name.strip())) or not column.whole:
        return False
    return 1 <= len(np.unique(column.values[np.isfinite(column.values)])) <= MOST


def _clock(columns: tuple[Column, ...], k: int) -> bool:
    """Whether it is the time of day beside a date, hours and minutes written as 18.30: no number to calculate with."""
    dated = any(not column.numeric and DATE.fullmatch(column.name.strip()) for column in columns)
    if not dated or not CLOCK.fullmatch(columns[k].name.strip()):
        return False
    known = columns[k].values[np.isfinite(columns[k].values)]
    minutes = 100 * (known % 1)
    on_the_minute = np.abs(minutes - np.round(minutes)) < 1e-6
    return bool(((known >= 0) & (known < 24) & on_the_minute & (minutes < 59.5)).all())


def _guess(
    path: str, contents: Contents, numeric: list[int], labels: tuple[int, ...], masses: tuple[int, ...], dim: int | None
) -> tuple[list[int], tuple[str, ...], tuple[str, ...]]:
    """Coordinates, doubts and notes."""
    columns, known = contents.columns, contents.found.upright
    if known:
        wanted = min(dim or known, known)
        left = ", ".join(title(contents, k) for k in range(wanted, known))
        note = (f"{left} {'is' if wanted == known - 1 else 'are'} left out in {dim}-D",) if left else ()
        if dim is not None and dim > known:
            check_columns(path, known, dim)
        return list(range(wanted)), (), note
    sound = [k for k in numeric if not columns[k].fault]
    numeric = sound if len(sound) >= (dim or 1) else numeric
    plain = [k for k in numeric if k not in labels and k not in masses] or numeric
    hours = [k for k in plain if _clock(columns, k)]
    plain = [k for k in plain if k not in hours] if len(plain) - len(hours) >= (dim or 1) else plain
    lower = [column.name.strip().lower() for column in columns]
    for axes in AXES:
        named = [lower.index(axis) for axis in axes if axis in lower and lower.index(axis) in numeric]
        if named and (dim is None or len(named) == dim) and [lower[k] for k in named] == list(axes[: len(named)]):
            return named, (), ()
    if len(plain) == dim or (dim is None and 1 <= len(plain) <= 3):
        return plain, (), ()
    if len(numeric) == dim:
        odd = ", ".join(title(contents, k) for k in numeric if k not in plain)
        return numeric, (f"{odd} could be classes or weights; name the {dim} columns that are coordinates",), ()
    words = [k for k, column in enumerate(columns) if not column.numeric and k not in labels]
    if words and len(plain) < (dim or 1) and not contents.found.named:
        raise fault(path, columns[words[0]].fault)
    wanted = dim or 2
    if len(plain) < wanted or not (contents.found.named or contents.found.lines):
        check_columns(path, len(plain), dim)
    listed = ", ".join(title(contents, k) for k in plain[:6]) + (", …" if len(plain) > 6 else "")
    right = f"but the dimension is {dim}" if dim else "but points have 1 to 3 coordinates"
    other = f", or set the dimension to {len(plain)}" if dim and len(plain) <= 3 else ""
    doubt = f"has {len(plain)} columns, {right}; name those that are meant (columns) of {listed}{other}"
    return plain[:wanted], (doubt,), ()
