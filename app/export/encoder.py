"""What a format of films is: it takes frames, one after another, and writes a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np

from engine.parts import Part, Wrong
from engine.registry import FAMILIES, kinds

FAMILIES["encoders"] = "app.export.encoders"


@dataclass(frozen=True)
class Footage:
    """``n`` frames, ``rate`` of them a second, each (height, width, 4) uint8: blue, green, red and, in a film that lets
    what is behind it ``shine`` through, alpha. ``samples`` are some of them, ahead of time."""

    width: int
    height: int
    rate: int
    n: int
    repeats: bool
    shines: bool
    frames: Iterator[np.ndarray]
    samples: Sequence[np.ndarray] = ()
    inks: tuple[str, ...] = ()  # "#rrggbb", of which the pictures are made
    name: str = ""  # of the file that it becomes


class Encoder(Part):
    """A frozen value with knobs. The same frames give a file that shows them, each as long as the others."""

    family = "encoders"

    title: ClassVar[str] = ""
    hint: ClassVar[str] = ""
    rank: ClassVar[int] = 50
    suffixes: ClassVar[tuple[str, ...]] = ()
    rates: ClassVar[tuple[int, ...]] = (24, 25, 30, 50, 60)  # that are offered
    exact: ClassVar[bool] = False  # no other rates can be had
    even: ClassVar[bool] = False  # sides must be even
    shines: ClassVar[bool] = False  # it knows transparency
    folder: ClassVar[bool] = False  # it is a folder of files
    library: ClassVar[tuple[str, str]] = ("", "")  # what it needs: the module, and what pip calls it
    samples: ClassVar[int] = 0  # frames that it wants to see ahead of time
    most: ClassVar[int] = 0  # bytes of all frames, where all of them are held in memory; 0: they are not

    def fits(self, width: int, height: int, n: int, rate: int, shines: bool) -> None:
        """Raise Wrong, in a sentence, for a film that cannot be had in this format."""
        module, package = self.library
        if module and find_spec(module) is None:
            raise Wrong("", f"{self.title} needs the package {package}: python -m pip install {package}")
        if shines and not self.shines:
            others = ", ".join(cls.title for cls in kinds(self.family).values() if cls.shines)
            raise Wrong("transparent", f"{self.title} has no transparency; take {others}")
        if self.exact and rate not in self.rates:
            known = ", ".join(map(str, self.rates))
            raise Wrong(
                "fps", f"{self.title} shows frames for whole hundredths of a second: take {known} instead of {rate}"
            )
        if self.most and width * height * n > self.most:
            many = f"{n:,} frames of {width} x {height}"
            raise Wrong("size", f"{many} are more than a {self.title} should have; take a smaller size, or MP4")

    def write(self, path: Path, footage: Footage) -> None:
        """Write the file, or the folder, that is not there yet, with all frames."""
        raise NotImplementedError


def encoder_for(path: Path) -> Encoder:
    """The one for the end of this name. Raises Wrong."""
    suffix = path.suffix.lower()
    for cls in kinds(Encoder.family).values():
        if suffix in cls.suffixes:
            return cls()
    known = ", ".join(suffix for cls in kinds(Encoder.family).values() for suffix in cls.suffixes if suffix)
    raise Wrong(path.name, f"is not the name of a film; end it in {known}, or in nothing for a folder of frames")
