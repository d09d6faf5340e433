"""How a file is to be read: what a person, or a spec, says about it. Empty: as found."""

from __future__ import annotations

from typing import Literal

import msgspec

Normalise = Literal["as needed", "none", "centre", "unit std", "unit std each", "fit to box"]
Surface = Literal["as found", "vertices", "surface"]


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
