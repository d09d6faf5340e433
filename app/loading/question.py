"""Reading the file of a part: it can be used as it is, or there is something to ask, or one sentence why not."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from app.loading.draft import axes, law_of, reads_columns
from app.scene.numbers import count
from engine.parts import Coupling, Part, Wrong
from engine.reading.assembly import Reading
from engine.reading.choice import Choice
from engine.reading.clouds import contents_of, reading_of
from engine.reading.contents import Column, Contents, Dropped, Found
from engine.reading.normalisation import offers
from engine.reading.preview import Preview, preview
from engine.reading.roles import title


@dataclass(frozen=True, eq=False)
class Answer:
    """The part; ``told``: what its reader has to say; ``asked``: the preview of what only a person can decide."""

    part: Part
    told: str = ""
    asked: Preview | None = None
    columns: bool = False  # there are some that could be chosen otherwise


class Unsuited(Wrong):
    """The file can be read, but its columns come to no cloud in the way that is asked for, nor in an obvious other."""

    def __init__(self, wrong: Wrong, part: Part) -> None:
        super().__init__(wrong.where, wrong.message)
        self.part = part


def answer(part: Part, dim: int, instead: Part | None = None) -> Answer:
    """What becomes of the part in ``dim`` dimensions; where it leaves a doubt or cannot be, of the one ``instead``.

    Reading the file here leaves it in the engine's memory, so that the document's own check costs nothing. Raises
    Wrong.
    """
    if instead is not None and instead != part:
        try:
            found = answer(part, dim)
        except Wrong:
            return answer(instead, dim)
        return found if found.asked is None else answer(instead, dim)
    if not reads_columns(part):
        part.check(dim)
        return Answer(part)
    law, wanted = law_of(part), len(axes(part, dim))
    (path,) = part.files()
    try:
        read = reading_of(path, wanted, law.choice)
        contents = contents_of(path, law.choice.layout, wanted)
    except Wrong:
        contents = contents_of(path, law.choice.layout, wanted)  # what cannot be read at all is no question
        if sum(_sound(column) for column in contents.columns) >= wanted:
            return Answer(part, asked=previewed(path, wanted, law.choice))
        try:
            part.check(dim)
        except Wrong as wrong:  # in the part's own words
            raise Unsuited(wrong, part) from None
        raise
    if contents.found.doubts or read.doubts or several(contents.found, law.choice):
        return Answer(part, asked=previewed(path, wanted, law.choice))
    part.check(dim)
    return Answer(part, _told(part, read, contents), columns=True)


def several(found: Found, choice: Choice) -> str:
    """A question where the file has more than one array that could be the points, and none is named; else nothing."""
    tables = [one for one in found.arrays if not re.search(r"\(\d*,?\)$", one)]  # not those of a single axis
    if choice.layout.array or len(tables) < 2:
        return ""
    return f"{len(tables)} of what the file holds could be the points; {found.array} is on show"


def _sound(column: Column) -> bool:
    """Whether it could be a coordinate as it stands."""
    return column.numeric and not column.fault and bool(np.isfinite(column.values).any())


def _told(part: Part, read: Reading, contents: Contents) -> str:
    """What was taken, what was left out, and what was done."""
    points = f"{count(len(read.points))} {'pair' if isinstance(part, Coupling) else 'point'}"
    what = [f"{points}{'' if len(read.points) == 1 else 's'}, {', '.join(read.axes)}"]
    found = contents.found
    gone = (*found.dropped, *read.dropped)
    left = [left_out(one) for one in gone]
    labels = [title(contents, k) for k in read.roles.labels] if read.labels is None else []
    able = [by_labels(labels)] if labels and not isinstance(part, Coupling) else []
    return "; ".join((*what, *left, *found.notes, *read.notes, *offers(read.points), *able))


def left_out(gone: Dropped) -> str:
    """Rows that are, and why."""
    rows = f"row{'' if gone.count == 1 else 's'}"
    return f"{count(gone.count)} {f'blank {rows}' if gone.why == 'blank' else f'{rows} {gone.why}'} left out"


def by_labels(names: list[str]) -> str:
    """An offer, of columns that can be classes."""
    return f"classes can be told by {' or '.join(names)}"


def looked_at(part: Part, dim: int) -> Preview:
    """The preview of a part's file, whether anything is in doubt or not. Raises Wrong."""
    (path,) = part.files()
    return previewed(path, len(axes(part, dim)), law_of(part).choice)


def previewed(path: str, wanted: int, choice: Choice) -> Preview:
    """The preview with all that takes time for a million points already known. Raises Wrong."""
    found = preview(path, wanted, choice)
    if found.reading is not None:
        found.reading.duplicates  # noqa: B018 - it is kept
    return found
