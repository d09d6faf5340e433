"""Any cloud as a file: CSV, NPY, or PLY."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from engine.parts import Wrong
from engine.wording import short
from engine.writing import write_atomically

SUFFIXES = (".csv", ".npy", ".ply")
AXES = ("x", "y", "z")


def save(path: Path, points: np.ndarray, labels: tuple[str, ...] | None = None) -> None:
    """Write points (n, d), in CSV with the class of each where there is one. Raises Wrong."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise Wrong("out", f"{short(path.name)} has no suffix of a cloud; give one of {', '.join(SUFFIXES)}")
    write_atomically(path, content(suffix, points, labels))


def content(suffix: str, points: np.ndarray, labels: tuple[str, ...] | None = None) -> bytes:
    """The file of one of the ``SUFFIXES``."""
    return {".csv": _csv, ".npy": _npy, ".ply": _ply}[suffix](points, labels)


def _names(points: np.ndarray) -> list[str]:
    d = points.shape[1]
    return list(AXES[:d]) if d <= 3 else [f"x{k + 1}" for k in range(d)]


def _csv(points: np.ndarray, labels: tuple[str, ...] | None) -> bytes:
    import pyarrow as pa
    import pyarrow.csv

    columns = dict(zip(_names(points), points.T, strict=True))
    if labels is not None:
        columns["class"] = pa.array(labels)
    stream = io.BytesIO()
    plain = labels is None or not any(mark in label for label in set(labels) for mark in '",\n\r')
    how = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none" if plain else "needed")
    pyarrow.csv.write_csv(pa.table(columns), stream, how)
    return ",".join(columns).encode() + b"\n" + stream.getvalue()


def _npy(points: np.ndarray, labels: tuple[str, ...] | None) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(points), allow_pickle=False)
    return stream.getvalue()


def _ply(points: np.ndarray, labels: tuple[str, ...] | None) -> bytes:
    """Binary, in doubles: a cloud far away keeps its digits. Coordinates that it lacks are 0."""
    three = np.zeros((len(points), 3), "<f8")
    three[:, : points.shape[1]] = points[:, :3]
    head = "\n".join(
        (
            "ply",
            "format binary_little_endian 1.0",
            f"element vertex {len(points)}",
            *(f"property double {axis}" for axis in AXES),
            "end_header\n",
        )
    )
    return head.encode() + three.tobytes()
