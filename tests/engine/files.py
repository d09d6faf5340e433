"""Good files of every format that is read, to be read as they are, and to be damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from engine.reading.clouds import cloud
from engine.reading.image_density import density_of
from engine.registry import kinds

ROWS = np.random.default_rng(0).standard_normal((40, 2)).round(4)


def _table(path: Path) -> None:
    rows = "\n".join(f"{x},{y}" for x, y in ROWS)
    path.write_text(f'x,"y"  # by hand\n{rows}\n', encoding="utf-8")


def _tabs(path: Path) -> None:
    path.write_text("\n".join(f"{x}\t{y:e}" for x, y in ROWS), encoding="utf-8")


def _picture(path: Path) -> Image.Image:
    return Image.linear_gradient("L").resize((24, 16))


#: Reader -> name of a file -> what writes it.
CLOUDS: dict[str, dict[str, Callable[[Path], None]]] = {
    "table": {"a.csv": _table, "b.tsv": _tabs},
    "npy": {
        "a.npy": lambda path: np.save(path, ROWS),
        "b.npy": lambda path: np.save(path, ROWS.astype(">f4", order="F")),
    },
    "npz": {
        "a.npz": lambda path: np.savez(path, labels=np.arange(3), points=ROWS),
        "b.npz": lambda path: np.savez_compressed(path, other=ROWS),
    },
}
PICTURES: dict[str, Callable[[Path], None]] = {
    "a.png": lambda path: _picture(path).save(path),
    "b.png": lambda path: _picture(path).convert("P").save(path, transparency=3),
    "a.jpg": lambda path: _picture(path).save(path),
    "b.jpg": lambda path: _picture(path).convert("RGB").save(path, progressive=True, exif=b"Exif\0\0II*\0"),
}


def written(folder: Path) -> dict[Path, Callable[[str], object]]:
    """A file of every registered reader and of every sort of picture, with what reads it."""
    for kind in kinds("readers"):
        assert CLOUDS.get(kind), f"say here how a good file for the reader {kind!r} is made"
    found: dict[Path, Callable[[str], object]] = {}
    for makers, read in (*((makers, cloud) for makers in CLOUDS.values()), (PICTURES, density_of)):
        for name, make in makers.items():
            make(folder / name)
            found[folder / name] = read
    return found
