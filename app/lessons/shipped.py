"""The rounds of the lessons that come with the program, as small files: what follows from the experiment at no cost is
left out of them, and made again when they are read.

Made by ``python main.py lessons prepare --out resources/prepared``; which file is whose, ``preparing.name_of`` says.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from engine.parts import Wrong
from engine.preview import draw_pairs
from engine.registry import kinds
from engine.rounds.kept import Kept
from engine.rounds.packed import packed, unpacked
from engine.spec import Experiment
from engine.writing import write_atomically

SUFFIX = ".rounds"
COMMAND = "python main.py lessons prepare --out resources/prepared"


def there(name: str) -> bool:
    """Whether a file of this name came with the program."""
    return _place().joinpath(f"{name}{SUFFIX}").is_file()


def read(name: str, experiment: Experiment) -> tuple[Kept, ...] | None:
    """The rounds in the file of this name; None where there is none, or none that can be read."""
    with suppress(OSError, Wrong, zipfile.BadZipFile, KeyError):
        return unfolded(_place().joinpath(f"{name}{SUFFIX}").read_bytes(), experiment)
    return None


def write(folder: Path, name: str, experiment: Experiment, rounds: tuple[Kept, ...]) -> None:
    write_atomically(folder / f"{name}{SUFFIX}", folded(experiment, rounds))


def tidy(folder: Path, names: set[str]) -> None:
    """Without the files of other names: those of lessons as they were."""
    for path in folder.glob(f"*{SUFFIX}"):
        if path.stem not in names:
            path.unlink()


def folded(experiment: Experiment, rounds: tuple[Kept, ...]) -> bytes:
    """Finished rounds without key frames, without pairs that are drawn again, and each array once."""
    first, last = _drawn(experiment), len(rounds) - 1
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for k, held in enumerate(rounds):
            less = {name: None for name in ("x0", "x1") if _same(getattr(held, name), first.get(name))}
            if k == last or _same(held.z1, rounds[k + 1].x1):
                less["z1"] = None
            entry = zipfile.ZipInfo(str(k + 1))  # of no date: the same rounds give the same bytes
            entry.compress_type = zipfile.ZIP_DEFLATED
            net = dict(sorted(held.net.items()))  # safetensors has no order
            archive.writestr(entry, packed(replace(held, net=net, frames={}, **less)))
    return content.getvalue()


def unfolded(content: bytes, experiment: Experiment) -> tuple[Kept, ...]:
    """The rounds again. Raises Wrong, and what zipfile raises."""
    first = _drawn(experiment)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = [unpacked(archive.read(name)) for name in archive.namelist()]
    found = [replace(held, **{name: first[name] for name in first if getattr(held, name) is None}) for held in found]
    known = kinds("metrics")
    for k, held in enumerate(found):
        told = {name: getattr(held, name).only(lambda kind, rung: kind in known) for name in ("figures", "beside")}
        z1 = found[k + 1].x1 if held.z1 is None and k + 1 < len(found) else held.z1
        found[k] = replace(held, z1=z1, **told)
    return tuple(found)


def _drawn(experiment: Experiment) -> dict[str, np.ndarray]:
    """The first pairs, where they are drawn in no time."""
    return {} if experiment.coupling.costly else dict(zip(("x0", "x1"), draw_pairs(experiment), strict=True))


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is not None and other is not None and np.array_equal(one, other)


def _place():
    return files("resources").joinpath("prepared")
