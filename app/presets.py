"""The experiments that come with the program."""

from __future__ import annotations

import tomllib
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
