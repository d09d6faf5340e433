"""How a file is to be read: what a person, or a spec, says about it. Empty: as found."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from engine.parts import knob

Normalise = Literal["as needed", "none", "centre", "unit std", "unit std each", "fit to box"]
Surface = Literal["as found", "vertices", "surface"]

# The knobs of a part that reads a file, whatever becomes of its columns.
Array = Annotated[str, knob("array", tip="Of several arrays in the file: its name.", editor="reading")]
Encoding = Annotated[str, knob("encoding", tip="Of a text: utf-8, cp1252, ...", editor="reading")]
Separator = Annotated[str, knob("separator", tip="Between columns: , ; | tab space.", editor="reading")]
Decimal = Annotated[str, knob("decimal", tip="Decimal mark: . or a comma.", editor="reading")]
Thousands = Annotated[str, knob("thousands", tip="Thousands mark: . , ' or space.", editor="reading")]
Missing = Annotated[
    tuple[str, ...], knob("missing", tip="Cells that stand for no value, such as -200.", editor="reading")
]
Header = Annotated[
    str, knob("header", tip="Of a text: the line that the names stand in, from 1, or none.", editor="reading")
]


class Layout(msgspec.Struct, frozen=True):
    """How bytes become columns. What is left empty is found by looking."""

    array: str = ""  # of several in a file: its name
    encoding: str = ""
    separator: str = ""  # "tab" and "space" by these words
    decimal: str = ""
    thousands: str = ""
    missing: tuple[str, ...] = ()  # cells that stand for no value, beside the usual ones
    surface: Surface = "as found"  # of a mesh: its corners, or places on its faces by area
    samples: int = 20_000  # such places
    header: str = ""  # of a text: the line with the names, from 1, or "none": rows begin with the first


class Choice(msgspec.Struct, frozen=True):
    """Which columns become what, beside the layout."""

    layout: Layout = Layout()
    columns: tuple[str, ...] = ()  # coordinates, by name or number from 1
    classes: str = ""  # the column of labels
    only: tuple[str, ...] = ()  # classes that are kept
    weights: str = ""
    duplicates: Literal["keep", "drop"] = "keep"
    normalise: Normalise = "as needed"
    origin: tuple[float, ...] = ()  # (x - origin) / unit, in place of a rule
    unit: tuple[float, ...] = ()


NOTHING = Choice()
