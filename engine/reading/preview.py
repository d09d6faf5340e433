"""What is shown of a file before it is taken: its columns, their roles, what is dropped and why, and the cloud."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.parts import Wrong
from engine.reading.assembly import Reading
from engine.reading.choice import NOTHING, Choice
from engine.reading.clouds import contents_of, reading_of
from engine.reading.contents import Column, Contents, Found
from engine.reading.normalisation import offers
from engine.reading.offer import Offer
from engine.reading.roles import named, title
from engine.wording import short

BINS = 24
SENTINELS = (-1, -9, -99, -200, -999, -9999, -99999, 99, 999, 9999, 99999)
LISTED = 50  # classes with their counts


@dataclass(frozen=True, eq=False)
class Shown:
    """One column: what it holds, and what becomes of it."""

    name: str
    sort: str  # numbers, whole numbers or text
    role: str  # x, y, z, class, weight, index, or nothing
    missing: int
    low: float = np.nan
    high: float = np.nan
    histogram: tuple[int, ...] = ()  # counts in equal bins from low to high
    classes: tuple[tuple[str, int], ...] = ()  # its values with their counts, where it can be classes
    mass: bool = False  # whether it can be weights
    fault: str = ""
    key: str = ""  # how a choice names it


@dataclass(frozen=True, eq=False)
class Preview:
    """A file as it is read by a choice."""

    name: str
    found: Found
    columns: tuple[Shown, ...]
    choice: Choice
    reading: Reading | None  # None where it makes no cloud yet
    complaint: str = ""  # why not
    doubts: tuple[str, ...] = ()  # what may be meant otherwise: empty where no question needs to be asked
    notes: tuple[str, ...] = ()  # what was done
    offers: tuple[Offer, ...] = ()  # what may be wanted beside

    @property
    def sure(self) -> bool:
        return self.reading is not None and not self.doubts


def preview(path: str, dim: int | None = None, choice: Choice = NOTHING) -> Preview:
    """The preview of a file; where a choice makes no cloud, it complains. Raises Wrong for what cannot be read."""
    contents = contents_of(path, choice.layout, dim)
    cloud, complaint = None, ""
    try:
        cloud = reading_of(path, dim, choice)
    except Wrong as wrong:
        complaint = wrong.message if wrong.where == "path" else f"{wrong.where}: {wrong.message}"
    shown = tuple(_shown(contents, k, cloud) for k in range(len(contents.columns)))
    doubts = contents.found.doubts
    notes, offered = contents.found.notes, ()
    if cloud is not None:
        doubts, notes = (*doubts, *cloud.doubts), (*notes, *cloud.notes)
        if choice.normalise in ("as needed", "none", "centre") and not choice.unit:
            offered = offers(cloud.points)
        offered += tuple(_sentinels(contents, cloud, choice))
    name = short(os.path.basename(path))
    return Preview(name, contents.found, shown, choice, cloud, complaint, doubts, notes, offered)


def _sentinels(contents: Contents, cloud: Reading, choice: Choice) -> Iterator[Offer]:
    """A number that people write for none, where it stands often and further out than every other."""
    for k in cloud.roles.coordinates:
        known = np.sort(contents.columns[k].values[np.isfinite(contents.columns[k].values)])
        for extreme, others in ((known[0], known[known > known[0]]), (known[-1], known[known < known[-1]])):
            count = len(known) - len(others)
            if extreme in SENTINELS and count > 1 and len(others) and abs(extreme) > 2 * np.abs(others).max():
                what = f"{extreme:g} stands {count:,} times in {title(contents, k)}, far from the rest"
                left = {"missing": (*choice.layout.missing, f"{extreme:g}")}
                yield Offer(f"{what}; missing = {extreme:g} leaves it out", f"leave {extreme:g} out", left)


def _shown(contents: Contents, k: int, cloud: Reading | None) -> Shown:
    column = contents.columns[k]
    told = cloud.roles if cloud is not None else None
    role = told.of(k) if told else ""
    able = not column.numeric if told is None else k in (*told.labels, told.classes)
    classes = _counts(column) if able else ()
    name, mass, key = title(contents, k), bool(told and k in told.masses), named(contents, k)
    known = column.values[np.isfinite(column.values)] if column.numeric else np.zeros(0)
    if not len(known):
        return Shown(name, column.sort, role, column.missing, classes=classes, key=key)
    low, high = float(known.min()), float(known.max())
    with np.errstate(over="ignore"):
        scaled = (known / 2 - low / 2) / max(high / 2 - low / 2, 5e-324)
    counts = np.bincount(np.minimum((scaled * BINS).astype(int), BINS - 1), minlength=BINS)
    bins = tuple(counts.tolist())
    return Shown(name, column.sort, role, column.missing, low, high, bins, classes, mass, column.fault, key)


def _counts(column: Column) -> tuple[tuple[str, int], ...]:
    if column.numeric:
        known, counts = np.unique(column.values[np.isfinite(column.values)], return_counts=True)
        if len(known) > LISTED:
            return ()
        return tuple((f"{value:g}", int(count)) for value, count in zip(known, counts, strict=True))
    if not column.words:
        return ()
    counts = np.bincount(column.values[column.values >= 0], minlength=len(column.words))
    return tuple((word, int(count)) for word, count in zip(column.words, counts, strict=True) if count)[:LISTED]
