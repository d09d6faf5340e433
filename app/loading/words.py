"""What is said of a file: what was taken and left out, what is in doubt, and what could be wanted."""

from __future__ import annotations

import re

import numpy as np

from app.plain_text import sentence
from app.scene.numbers import count
from engine.parts import Coupling, Part, Wrong
from engine.reading.assembly import Reading
from engine.reading.choice import Choice
from engine.reading.contents import Contents, Dropped, Found
from engine.reading.normalisation import offers
from engine.reading.offer import Offer
from engine.reading.preview import Preview
from engine.reading.roles import title

SOME = 20_000  # points that tell where a cloud stands
SMALL, LARGE, FAR = 0.1, 10.0, 10.0  # of the spread, and of the middle against it


def several(found: Found, choice: Choice) -> str:
    """A question where the file has more than one array that could be the points, and none is named; else nothing."""
    tables = [one for one in found.arrays if not re.search(r"\(\d*,?\)$", one)]  # not those of a single axis
    if choice.layout.array or len(tables) < 2:
        return ""
    return f"{len(tables)} of what the file holds could be the points; {found.array} is on show"


def told(part: Part, read: Reading, contents: Contents) -> str:
    """What was taken, what was left out, and what was done."""
    points = f"{count(len(read.points))} {'pair' if isinstance(part, Coupling) else 'point'}"
    what = [f"{points}{'' if len(read.points) == 1 else 's'}, {', '.join(read.axes)}"]
    found = contents.found
    gone = (*found.dropped, *read.dropped)
    left = [left_out(one) for one in gone]
    labels = [title(contents, k) for k in read.roles.labels] if read.labels is None else []
    able = [by_labels(labels)] if labels and not isinstance(part, Coupling) else []
    return "; ".join((*what, *left, *found.notes, *read.notes, *map(str, offers(read.points)), *able))


def left_out(gone: Dropped) -> str:
    """Rows that are, and why."""
    rows = f"row{'' if gone.count == 1 else 's'}"
    return f"{count(gone.count)} {f'blank {rows}' if gone.why == 'blank' else f'{rows} {gone.why}'} left out"


def by_labels(names: list[str]) -> str:
    """An offer, of columns that can be classes."""
    return f"classes can be told by {' or '.join(names)}"


def doubts(found: Preview, choice: Choice, names: tuple[str, ...]) -> str:
    """What a person has to decide, in sentences; ``names``: of the coordinates."""
    told, read = found.found, found.reading
    free = read is not None and read.roles.doubts and not choice.columns
    which = f"more columns than coordinates: which are {' and '.join(names)}?" if free else ""
    return " ".join(sentence(Wrong("", one)) for one in (several(told, choice), which, *told.doubts) if one)


def lines(found: Preview, part: Part) -> list[str]:
    """How many points, what is left out and why, what was done, and what could be."""
    read, pairs, said = found.reading, isinstance(part, Coupling), []
    if read is not None:
        n, what = len(read.points), "pair" if pairs else "point"
        said.append(f"{count(n)} {what}{'' if n == 1 else 's'}")
        if read.duplicates:
            said[0] += f", {count(read.duplicates)} of them duplicates"
    said += [left_out(one) for one in (*found.found.dropped, *(read.dropped if read is not None else ()))]
    return [sentence(Wrong("", line)) for line in (*said, *found.notes, *map(str, found.offers))]


def offered(found: Preview, part: Part) -> list[Offer]:
    """What can be had by one press: what the reader offers, and classes by the columns that can tell them."""
    read = found.reading
    free = read is not None and read.labels is None and not isinstance(part, Coupling)
    able = [found.columns[k] for k in read.roles.labels] if free else []
    made = [Offer(by_labels([one.name]), f"classes by {one.name}", {"classes": one.key}) for one in able]
    placed = any("normalise" in offer.knobs for offer in found.offers)
    near = [] if read is None or placed or isinstance(part, Coupling) else _nearer(read, found.choice)
    once = {offer.verb: offer for offer in (*found.offers, *near, *made)}
    return list(once.values())


def _nearer(read: Reading, choice: Choice) -> list[Offer]:
    """For a cloud that stands far from 0, or is much larger or smaller than 1, as raw figures do."""
    x = read.points[:: 1 + len(read.points) // SOME]
    spread, away = float(x.std(axis=0).max()), float(np.abs(x.mean(axis=0)).max())
    usual = SMALL <= spread <= LARGE and away <= FAR * max(spread, 1.0)
    if usual or not spread or choice.normalise in ("unit std", "unit std each", "fit to box") or choice.unit:
        return []
    return [Offer("the cloud about 0, its standard deviation 1", "centre, unit spread", {"normalise": "unit std"})]
