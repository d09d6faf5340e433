"""The experiments that come with the program."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from engine import gate, plugins
from engine.codec import parse, read
from engine.parts import Wrong
from engine.spec import Experiment
from engine.wording import clean, short

FIRST = "rewiring"
PRESETS = "presets"  # the user's folder
MOST, LARGEST = 200, 2**18  # files of it, and bytes of one: all are read when they are shown
PUBLISHED = "published"  # the folder of specs that papers' tables were made with


@dataclass(frozen=True)
class Preset:
    """``title: hint`` is the first comment line of the file, and further ones go on with the hint; ``name`` is its path
    among the presets, without the suffix."""

    name: str
    title: str
    hint: str
    path: Path | None = None  # of a user's own
    problem: str = ""  # why it cannot be had, in a sentence
    stamp: int = 0  # of that file

    @property
    def own(self) -> bool:
        """Whether it lies in the user's folder."""
        return self.path is not None

    @property
    def published(self) -> bool:
        """Whether it is a paper's protocol; the hint tells the paper's figures."""
        return self.name.startswith(f"{PUBLISHED}/")

    def experiment(self, now: Experiment | None = None) -> Experiment:
        """As in the file, but with one round: in the window further rounds are asked for one by one.

        A scene is about its ends and pairs. How it is looked at stays as it is ``now``, the solver, the samples of
        figures and how long to train, unless the file itself names that.
        """
        held = parse(_text(self.name), name=self.name) if self.path is None else read(self.path)
        scene = msgspec.structs.replace(held, rounds=1)
        if now is None:
            return scene
        named = self.raw()
        kept = {section: getattr(now, section) for section in ("solver", "measure") if section not in named}
        if "steps" not in named.get("training", {}):
            kept["training"] = msgspec.structs.replace(scene.training, steps=now.training.steps)
        return msgspec.structs.replace(scene, **kept)

    def raw(self) -> dict[str, Any]:
        """What its file holds, as plain values. Raises Wrong."""
        return tomllib.loads(_text(self.name)) if self.path is None else gate.read(self.path, "a preset")


def _text(name: str) -> str:
    return _folder().joinpath(f"{name}.toml").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return files("resources").joinpath("presets")


def _names(of: Traversable) -> list[str]:
    return sorted(item.name.removesuffix(".toml") for item in of.iterdir() if item.name.endswith(".toml"))


@cache
def presets() -> tuple[Preset, ...]:
    """All presets, the scene of the first picture first and the published ones last."""
    names = sorted(_names(_folder()), key=lambda name: (name != FIRST, name))
    names += [f"{PUBLISHED}/{name}" for name in _names(_folder().joinpath(PUBLISHED))]
    return tuple(Preset(name, *_said(_text(name))) for name in names)


def folder() -> Path:
    """The user's own presets, which need not exist: specs, TOML, beside the folder of plug-ins."""
    return plugins.folder().parent / PRESETS


def own() -> tuple[Preset, ...]:
    """Those of the user's folder; one that cannot be read says why."""
    try:
        paths = sorted(path for path in folder().iterdir() if path.suffix.lower() == ".toml")[:MOST]
    except OSError:
        return ()
    return tuple(_of_file(path) for path in paths)


def offered() -> tuple[Preset, ...]:
    """The user's own first, then all that come with the program."""
    return (*own(), *presets())


def _of_file(path: Path) -> Preset:
    name = f"yours/{path.stem}"
    try:
        stamp = path.stat().st_mtime_ns
        text = gate.content(path, LARGEST).decode(errors="replace")
        gate.read(path, "a preset")
    except (Wrong, OSError, ValueError) as error:
        why = f"{short(path.name)}: {error}" if not isinstance(error, Wrong) else str(error)
        return Preset(name, short(path.stem), "", path, f"{clean(why).rstrip('.')}.")
    title, hint = _said(text)
    return Preset(name, clean(title or path.stem, 60), clean(hint), path, stamp=stamp)


def _said(text: str) -> tuple[str, str]:
    """Title and hint, from the comments that a spec begins with."""
    comments = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines())
    title, _, hint = " ".join(filter(None, (line.lstrip("# ") for line in comments))).partition(": ")
    return title, hint


def first() -> Experiment:
    """The first picture: the scene where rewiring is plainest, small enough to be trained in a few seconds."""
    scene = presets()[0].experiment()
    fewer = msgspec.structs.replace(scene.coupling, pairs=20_000)
    training = msgspec.structs.replace(scene.training, steps=2500)
    return msgspec.structs.replace(scene, coupling=fewer, training=training)
