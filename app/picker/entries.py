"""What a picker offers: a title, what it is found by, and the clouds of its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from app.presets import Preset
from engine.parts import Distribution
from engine.preview import cloud
from engine.registry import kinds
from engine.snapshot import Snapshot
from engine.spec import Experiment

FEW = {1: 2000, 2: 500, 3: 500}  # points of a cloud in a little picture
LONGEST = 80  # letters of what is searched for


@dataclass(frozen=True)
class Entry:
    """One card. ``seen`` samples its clouds, in hundredths of a second, and may raise; ``one`` end is all there is."""

    name: str
    title: str
    hint: str
    dim: int
    words: str  # what it is found by
    group: str
    seen: Callable[[], Snapshot]
    one: bool = False
    problem: str = ""  # why it cannot be had, in a sentence
    stamp: int = 0  # of its file: another one has another picture

    @property
    def said(self) -> str:
        """What it is about. A preset's hint goes on behind its title, and here begins a sentence; a law's formula does
        not."""
        words = self.problem or self.hint
        return words if self.one else words[:1].upper() + words[1:]


def found(entries: tuple[Entry, ...], text: str, dim: int = 0) -> tuple[Entry, ...]:
    """Those that hold every word of the text, in any order; of this dimension, where one is asked for."""
    words = text[:LONGEST].casefold().split()
    return tuple(
        entry
        for entry in entries
        if (not dim or entry.dim == dim) and all(word in entry.words.casefold() for word in words)
    )


def of_presets(presets: tuple[Preset, ...]) -> tuple[Entry, ...]:
    """A card for each preset, read no further than its table tells."""
    return tuple(_of_preset(preset) if preset.own else _shipped(preset) for preset in presets)


def of_laws(dim: int) -> tuple[Entry, ...]:
    """A card for each law that can be chosen, as it is in this dimension."""
    return tuple(
        Entry(name, name, cls.about, dim, f"{name} {cls.__doc__} {cls.about}", "", lambda cls=cls: _law(cls, dim), True)
        for name, cls in kinds("distributions").items()
        if cls.offered
    )


@cache
def _shipped(preset: Preset) -> Entry:
    return _of_preset(preset)  # its file stays what it is


def _of_preset(preset: Preset) -> Entry:
    raw = {} if preset.problem else preset.raw()
    dim = raw["dim"] if raw.get("dim") in (1, 2, 3) else 2
    parts = [value["kind"] for value in raw.values() if _has_kind(value)]
    group = "published" if preset.published else "yours" if preset.own else ""
    words = " ".join([preset.title, preset.hint, preset.name.replace("-", " "), group, f"{dim}-D", *parts])
    return Entry(
        preset.name,
        preset.title,
        preset.hint,
        dim,
        words,
        group,
        lambda: _scene(preset.experiment()),
        False,
        preset.problem,
        preset.stamp,
    )


def _has_kind(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("kind"), str)


def _scene(experiment: Experiment) -> Snapshot:
    ends = experiment.coupling.ends(experiment.source, experiment.target)
    clouds = [_drawn(law, experiment.dim, [experiment.seed, k]) for k, law in enumerate(ends)]
    return Snapshot(spec=experiment, request=-1, phase="starting", made=0.0, source=clouds[0], target=clouds[1])


def _law(cls: type[Distribution], dim: int) -> Snapshot:
    law = cls()
    law.check(dim)
    x = _drawn(law, dim, [0, 1])
    spec = Experiment(dim=dim, source=law, target=law)
    return Snapshot(spec=spec, request=-1, phase="starting", made=0.0, source=x[:0], target=x)


def _drawn(law: Distribution, dim: int, seed: list[int]) -> np.ndarray:
    return cloud(law.sample(FEW[dim], dim, np.random.default_rng(seed)), dim)
