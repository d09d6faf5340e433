"""The experiments that come with the program."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from engine.codec import parse
from engine.spec import Experiment

FIRST = "rewiring"
PUBLISHED = "published"  # the folder of specs that papers' tables were made with


@dataclass(frozen=True)
class Preset:
    """``title: hint`` is the first comment line of the file, and further ones go on with the hint; ``name`` is its path
    among the presets, without the suffix."""

    name: str
    title: str
    hint: str

    @property
    def published(self) -> bool:
        """Whether it is a paper's protocol; the hint tells the paper's figures."""
        return self.name.startswith(f"{PUBLISHED}/")

    def experiment(self, now: Experiment | None = None) -> Experiment:
        """As in the file, but with one round: in the window further rounds are asked for one by one.

        A scene is about its ends and pairs. How it is looked at stays as it is ``now``, the solver, the samples of
        figures and how long to train, unless the file itself names that.
        """
        scene = msgspec.structs.replace(parse(_text(self.name), name=self.name), rounds=1)
        if now is None:
            return scene
        named = tomllib.loads(_text(self.name))
        kept = {section: getattr(now, section) for section in ("solver", "measure") if section not in named}
        if "steps" not in named.get("training", {}):
            kept["training"] = msgspec.structs.replace(scene.training, steps=now.training.steps)
        return msgspec.structs.replace(scene, **kept)


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
    found = []
    for name in names:
        comments = itertools.takewhile(lambda line: line.startswith("#"), _text(name).splitlines())
        title, _, hint = " ".join(filter(None, (line.lstrip("# ") for line in comments))).partition(": ")
        found.append(Preset(name, title, hint))
    return tuple(found)


def first() -> Experiment:
    """The first picture: the scene where rewiring is plainest, small enough to be trained in a few seconds."""
    scene = presets()[0].experiment()
    fewer = msgspec.structs.replace(scene.coupling, pairs=20_000)
    training = msgspec.structs.replace(scene.training, steps=2500)
    return msgspec.structs.replace(scene, coupling=fewer, training=training)
