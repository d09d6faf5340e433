"""The command cloud: what a file holds, as the preview says it, and its points as another file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import numpy as np
from tyro.conf import Positional

from engine.cloud_files import save
from engine.parts import Distribution, Wrong
from engine.reading.choice import Choice, Layout, Normalise, Surface
from engine.reading.preview import Preview, Shown, preview
from engine.wording import clean

SPECS = (".toml", ".json")
NAMES = {".": "point", ",": "comma", ";": "semicolon", "|": "bar", "'": "apostrophe"}
BARS = " ▁▂▃▄▅▆▇█"


def cloud(
    file: Positional[Path],
    dim: Literal[1, 2, 3] = 2,
    columns: str = "",
    classes: str = "",
    only: str = "",
    weights: str = "",
    array: str = "",
    encoding: str = "",
    separator: str = "",
    decimal: str = "",
    thousands: str = "",
    missing: str = "",
    header: str = "",
    duplicates: Literal["keep", "drop"] = "keep",
    normalise: Literal[*get_args(Normalise)] = "as needed",  # type: ignore[valid-type]
    surface: Literal[*get_args(Surface)] = "as found",  # type: ignore[valid-type]
    samples: int = 20_000,
    file_units: bool = False,
    end: Literal["source", "target"] = "target",
    points: int = 5000,
    seed: int = 0,
    out: Path | None = None,
) -> int:
    """Say what a data file holds and how it is read, and write its points, or those of a picture or a spec.

    Args:
        file: A table, an array, a mesh or point cloud; a picture; or a spec, whose source or target is sampled.
        dim: The dimension.
        columns: The coordinates, by name or number from 1, with commas between: x,y.
        classes: The column of labels.
        only: The classes that are kept, with commas between.
        weights: The column of weights.
        array: Of several arrays in a file, its name.
        encoding: Of a text, where it is not the one that is found.
        separator: Between columns, where it is not the one that is found: , ; | tab or space.
        decimal: The decimal mark, where it is not the one that is found.
        thousands: The thousands mark, where it is not the one that is found: . , ' or space.
        missing: Cells that stand for no value, such as -200, with commas between.
        header: Of a text, the line that the names stand in, from 1, or none.
        duplicates: Points that stand there before.
        normalise: Where the cloud is put.
        surface: Of a mesh, its corners or places on its faces.
        samples: Places on the faces of a mesh.
        file_units: Write the points in the units of the file, not as they are placed.
        end: Of a spec.
        points: Of a picture or a spec, how many are drawn.
        seed: Of those.
        out: Where the points are written: .npy, .csv or .ply.
    """
    if file.suffix.lower() in SPECS:
        from engine.codec import read

        law = getattr(read(file), end)
        return _drawn(law, read(file).dim, points, seed, out)
    from engine.reading.pictures import is_picture

    if is_picture(str(file)):
        from engine.registry import kinds

        return _drawn(kinds("distributions")["image"](path=str(file)), dim, points, seed, out)
    layout = Layout(array, encoding, separator, decimal, thousands, _listed(missing), surface, samples, header)
    choice = Choice(layout, _listed(columns), classes, _listed(only), weights, duplicates, normalise)
    found = preview(str(file), dim, choice)
    for line in lines(found):
        print(clean(line, 400))
    if found.reading is None:
        raise Wrong("", found.complaint)
    if out is not None:
        reading = found.reading
        x = reading.scaling.back(reading.points) if file_units else reading.points
        labels = tuple(reading.classes[k] for k in reading.labels) if reading.labels is not None else None
        save(out, x, labels)
        print(f"wrote {len(x):,} points to {clean(out.name)}")
    return 0


def _listed(text: str) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in text.split(",") if piece.strip())


def _drawn(law: Distribution, dim: int, n: int, seed: int, out: Path | None) -> int:
    """Points of any law, as its end of an experiment gives them. Raises Wrong."""
    law.check(dim)
    if not 1 <= n <= 1_000_000:
        raise Wrong("points", f"{n} is not from 1 to 1,000,000")
    x = law.sample(n, dim, np.random.default_rng(seed))
    print(f"{law.kind}: {n:,} points drawn, seed {seed}")
    for axis, column in zip("xyz", x.T, strict=False):
        print(
            f"  {axis}  {_span(column.min(), column.max())}, mean {number(column.mean())}, std {number(column.std())}"
        )
    if out is not None:
        save(out, x)
        print(f"wrote {n:,} points to {clean(out.name)}")
    return 0


def number(x: float) -> str:
    return f"{x:.10g}" if abs(x) >= 1e5 else f"{x:.6g}"


def _span(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}"


def lines(found: Preview) -> list[str]:
    """The preview, as the command prints it."""
    told = found.found
    layout = [
        told.format,
        told.encoding,
        told.separator and f"separator {NAMES.get(told.separator, told.separator)}",
        told.decimal and f"decimal {NAMES[told.decimal]}",
        told.thousands and f"thousands mark {NAMES.get(told.thousands, told.thousands)}",
        told.array and f"array {told.array}",
    ]
    said = [f"{found.name}: {told.rows:,} rows; {', '.join(piece for piece in layout if piece)}"]
    if told.arrays:
        said.append(f"  arrays: {'; '.join(told.arrays)} (--array chooses)")
    said += [f"  {_column(column)}" for column in found.columns]
    reading = found.reading
    dropped = (*told.dropped, *(reading.dropped if reading else ()))
    said += [f"  dropped: {one.count:,} rows {one.why}" for one in dropped]
    if reading is not None:
        x = reading.points
        if reading.duplicates:
            said.append(f"  {reading.duplicates:,} points stand there before (--duplicates drop leaves them out)")
        said.append(f"  {len(x):,} points in {x.shape[1]}-D: " + ", ".join(reading.axes))
        if reading.scaling.moves:
            place = ", ".join(number(v) for v in reading.scaling.origin)
            unit = ", ".join(number(v) for v in reading.scaling.unit)
            said.append(f"  placed by {reading.scaling.rule}: (x - ({place})) / ({unit})")
        for axis, column in zip("xyz", x.T, strict=False):
            said.append(f"  {axis}  {_span(column.min(), column.max())}, mean {number(column.mean())}")
        if reading.labels is not None:
            counts = np.bincount(reading.labels, minlength=len(reading.classes))
            listed = ", ".join(f"{name} {count:,}" for name, count in zip(reading.classes, counts, strict=True))
            said.append(f"  classes: {listed}")
    said += [f"  note: {note}" for note in found.notes]
    said += [f"  offer: {offer}" for offer in found.offers]
    said += [f"  in doubt: {doubt}" for doubt in found.doubts]
    return said


def _column(column: Shown) -> str:
    what = [f"{column.name}: {column.sort}"]
    if column.histogram:
        most = max(column.histogram) or 1
        bars = "".join(BARS[-(-8 * count // most)] for count in column.histogram)
        what.append(f"{_span(column.low, column.high)} {bars}")
    if column.missing:
        what.append(f"{column.missing:,} missing")
    if column.fault:
        what.append(column.fault)
    if column.role:
        what.append(f"-> {column.role}")
    elif column.classes:
        listed = ", ".join(f"{name} {count:,}" for name, count in column.classes[:16])
        what.append(f"can be classes ({listed}{', …' if len(column.classes) > 16 else ''})")
    elif column.mass:
        what.append("can be weights")
    return ", ".join(what)


COMMANDS = {"cloud": cloud}
