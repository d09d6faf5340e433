"""Reading the file of a part: it can be used as it is, or there is something to ask, or one sentence why not."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from app.loading.draft import axes, law_of, reads_columns
from app.loading.words import several, told
from engine.parts import Part, Wrong
from engine.reading.choice import Choice
from engine.reading.clouds import contents_of, reading_of
from engine.reading.contents import Column
from engine.reading.preview import Preview, preview


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
    return Answer(part, told(part, read, contents), columns=True)


def _sound(column: Column) -> bool:
    """Whether it could be a coordinate as it stands."""
    return column.numeric and not column.fault and bool(np.isfinite(column.values).any())


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


def placed_alike(choice: Choice, law: Part, dim: int) -> Choice:
    """The choice with the origin and the unit of this law's cloud. Raises Wrong."""
    scaling = law_of(law).read(dim).scaling
    return msgspec.structs.replace(choice, origin=tuple(scaling.origin.tolist()), unit=tuple(scaling.unit.tolist()))
