"""What a hand makes of a file's columns, as values: which is x, y, z, class or weight, and the part that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from engine.distributions.placed import Placed
from engine.parts import Coupling, Part
from engine.reading.choice import Choice, Layout
from engine.reading.offer import Offer
from engine.reading.preview import Preview, Shown

NOBODY = -1
CLASS, WEIGHT, NOTHING = "class", "weight", ""
GUESSED = {"columns": (), "classes": "", "only": (), "weights": ""}  # what begins anew with other columns


def law_of(part: Part) -> Part:
    """What reads the file, without where it is placed."""
    return part.law if isinstance(part, Placed) else part


def reads_columns(part: Part) -> bool:
    """Whether the columns of its file can be chosen."""
    return bool(part.files()) and isinstance(getattr(law_of(part), "choice", None), Choice)


def axes(part: Part, dim: int) -> tuple[str, ...]:
    """What the coordinates are called that it needs."""
    if not isinstance(part, Coupling):
        return tuple("xyz"[:dim])
    return tuple(f"{axis}{end}" for end in "₀₁" for axis in "xyz"[:dim])


def chosen(part: Part, choice: Choice) -> Part:
    """The part with another choice; knobs that it has not are left out."""
    law = law_of(part)
    given = msgspec.structs.asdict(choice) | msgspec.structs.asdict(choice.layout)
    own = {name: value for name, value in given.items() if name in law.__struct_fields__}
    made = msgspec.structs.replace(law, **own)
    return msgspec.structs.replace(part, law=made) if isinstance(part, Placed) else made


def laid_out(choice: Choice, **knobs: object) -> Choice:
    """Another layout. Where columns may come out differently, who is what is guessed anew."""
    layout = msgspec.structs.replace(choice.layout, **knobs)
    anew = GUESSED if {"array", "separator", "encoding", "header"} & set(knobs) else {}
    return msgspec.structs.replace(choice, layout=layout, **anew)


def accepted(choice: Choice, offer: Offer) -> Choice:
    """The choice with what is offered."""
    own = {name: value for name, value in offer.knobs.items() if name in Choice.__struct_fields__}
    layout = {name: value for name, value in offer.knobs.items() if name in Layout.__struct_fields__}
    return msgspec.structs.replace(laid_out(choice, **layout) if layout else choice, **own)


def settled(found: Preview, choice: Choice) -> Choice:
    """The choice with what was in doubt as it is on show."""
    told, layout = found.found, choice.layout
    if told.doubts:
        layout = msgspec.structs.replace(layout, decimal=told.decimal, thousands=told.thousands)
    if told.arrays and not layout.array:
        layout = msgspec.structs.replace(layout, array=told.array)
    return msgspec.structs.replace(choice, layout=layout)


@dataclass(frozen=True)
class Assignment:
    """By the position of columns; ``NOBODY`` where none is chosen yet."""

    coordinates: tuple[int, ...]
    names: tuple[str, ...]  # of the coordinates
    classes: int = NOBODY
    weights: int = NOBODY
    beside: bool = True  # whether classes and weights can be told at all

    @classmethod
    def of(cls, found: Preview, part: Part, dim: int) -> Assignment:
        """As the preview has it."""
        names, roles = axes(part, dim), found.reading.roles if found.reading is not None else None
        beside = not isinstance(part, Coupling)
        if roles is None:
            return cls((NOBODY,) * len(names), names, beside=beside)
        classes = NOBODY if roles.classes is None else roles.classes
        spots = (*roles.coordinates, *(NOBODY,) * len(names))[: len(names)]  # a file of another dimension has others
        return cls(spots, names, classes, NOBODY if roles.weights is None else roles.weights, beside)

    def role(self, column: int) -> str:
        """Of a column: x, class, weight, or nothing."""
        if column in self.coordinates:
            return self.names[self.coordinates.index(column)]
        return CLASS if column == self.classes else WEIGHT if column == self.weights else NOTHING

    def offered(self, column: Shown) -> tuple[str, ...]:
        """The roles that it can have."""
        numeric = column.sort != "text"
        classes = (CLASS,) if self.beside and (column.classes or column.sort != "numbers") else ()
        weights = (WEIGHT,) if self.beside and numeric else ()
        return (*(self.names if numeric else ()), *classes, *weights, NOTHING)

    def given(self, column: int, role: str) -> Assignment:
        """With this role for the column. Who had it takes the coordinate that becomes free, if there is one."""
        mine = self.role(column)
        if role == mine:
            return self
        spots = list(self.coordinates)
        if role in self.names:
            other = spots[self.names.index(role)]
            if mine in self.names:
                spots[self.names.index(mine)] = other
            spots[self.names.index(role)] = column
        elif mine in self.names:
            spots[self.names.index(mine)] = NOBODY
        now = {CLASS: self.classes, WEIGHT: self.weights}
        now = {name: column if name == role else NOBODY if who == column else who for name, who in now.items()}
        return replace(self, coordinates=tuple(spots), classes=now[CLASS], weights=now[WEIGHT])

    @property
    def missing(self) -> tuple[str, ...]:
        """The coordinates that no column is chosen for."""
        return tuple(name for name, who in zip(self.names, self.coordinates, strict=True) if who == NOBODY)

    def into(self, choice: Choice, columns: Sequence[Shown]) -> Choice:
        """The choice that says so. Classes that are kept stay where the column of classes does."""
        key = lambda who: columns[who].key if who != NOBODY else ""  # noqa: E731
        coordinates = tuple(key(who) for who in self.coordinates)
        only = choice.only if key(self.classes) == choice.classes else ()
        return msgspec.structs.replace(
            choice, columns=coordinates, classes=key(self.classes), weights=key(self.weights), only=only
        )


def blank(choice: Choice) -> Choice:
    """Nothing said about the file itself: another one is looked at afresh. Where its cloud is put stays."""
    return Choice(layout=Layout(), normalise=choice.normalise, duplicates=choice.duplicates)
