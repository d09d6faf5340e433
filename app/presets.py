"""The experiments that come with the program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from engine.codec import parse
from engine.spec import Experiment

FIRST = "rewiring"


@dataclass(frozen=True)
class Preset:
    """``title: hint`` is the first comment line of the file."""

    name: str
    title: str
    hint: str

    def experiment(self) -> Experiment:
        """As in the file, but with one round: in the window further rounds are asked for one by one."""
        return msgspec.structs.replace(parse(_text(self.name), name=self.name), rounds=1)


def _text(name: str) -> str:
    return files("resources").joinpath("presets", f"{name}.toml").read_text(encoding="utf-8")


@cache
def presets() -> tuple[Preset, ...]:
    """All presets, the scene of the first picture first."""
    names = sorted(item.name.removesuffix(".toml") for item in files("resources").joinpath("presets").iterdir())
    found = []
    for name in sorted(names, key=lambda name: (name != FIRST, name)):
        title, _, hint = _text(name).splitlines()[0].lstrip("# ").partition(": ")
        found.append(Preset(name, title, hint))
    return tuple(found)


def first() -> Experiment:
    """The first picture: the scene where rewiring is plainest, small enough to be trained in a few seconds."""
    scene = presets()[0].experiment()
    fewer = msgspec.structs.replace(scene.coupling, pairs=20_000)
    training = msgspec.structs.replace(scene.training, steps=2500)
    return msgspec.structs.replace(scene, coupling=fewer, training=training)
