"""The sweep file: a spec, and lists of values for any of its fields; what it comes to is a Plan of trials.

Strict like the spec itself. Needs neither torch nor Qt.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from engine import gate
from engine.codec import build, plain
from engine.codec import read as read_spec
from engine.parts import Wrong
from engine.provenance import fingerprint
from engine.registry import knobs, nearest, tables
from engine.spec import Experiment
from engine.sweeps.trial import Trial
from engine.wording import short

Progress = Callable[[int, int], None]  # known, all
MAX_RUNS = 10_000
MODES = ("product", "zip")
KEYS = ("spec", "experiment", "mode", "seeds", "sweep")


class Plan(msgspec.Struct, frozen=True):
    """All trials in the order of the table: the first field varies slowest, the seed fastest."""

    fields: tuple[str, ...]
    mode: str
    trials: tuple[Trial, ...]


def read(path: Path, progress: Progress = lambda known, all: None) -> Plan:
    """The Plan in a ``.toml`` or ``.json`` file. Raises Wrong."""
    raw = gate.read(path, "sweep")
    if not isinstance(raw, dict):
        raise Wrong(short(path.name), "is not a table")
    return plan(raw, path.parent.resolve(), progress)


def plan(raw: dict[str, Any], folder: Path, progress: Progress = lambda known, all: None) -> Plan:
    """The Plan of a plain dictionary; relative files start at ``folder``. ``progress`` hears of each run: thousands
    take seconds. Raises Wrong."""
    for key in raw:
        if key not in KEYS:
            raise _unknown(key[:60], list(KEYS))
    base = _base(raw, folder)
    mode = raw.get("mode", "product")
    if mode not in MODES:
        raise Wrong("mode", f"{str(mode)[:60]!r} is not known; known are product, zip")
    if "sweep" not in raw and "seeds" not in raw:
        raise Wrong("sweep", "is missing; give lists of values for some fields, or seeds")
    lists = _lists(raw.get("sweep", {}), base)
    seeds = _seeds(raw.get("seeds"), base["seed"])
    lengths = [len(values) for values in lists.values()]
    if mode == "zip" and len(set(lengths)) > 1:
        told = ", ".join(f"{field} has {n}" for field, n in zip(lists, lengths, strict=True))
        raise Wrong("sweep", f"lists of unequal length cannot be zipped: {told}")
    count = (max(lengths, default=1) if mode == "zip" else math.prod(lengths)) * len(seeds)
    if count > MAX_RUNS:
        raise Wrong("sweep", f"asks for {count:,} runs; {MAX_RUNS:,} are the most")
    combinations = zip(*lists.values(), strict=True) if mode == "zip" and lists else itertools.product(*lists.values())
    trials = []
    for number, (values, seed) in enumerate(itertools.product(list(combinations), seeds)):
        trials.append(_trial(number, dict(zip(lists, values, strict=True)), seed, base, folder))
        progress(number + 1, count)
    known: dict[str, Trial] = {}
    for trial in trials:
        if trial.experiment is not None and (twin := known.setdefault(trial.spec, trial)) is not trial:
            raise Wrong("sweep", f"{twin.name} and {trial.name} are the same experiment; give every value once")
    return Plan(tuple(lists), mode, tuple(trials))


def _base(raw: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The complete spec that the values are put into."""
    if ("spec" in raw) == ("experiment" in raw):
        twice = "stands beside [experiment]; give one of them" if "spec" in raw else "is missing; name a spec file"
        raise Wrong("spec", twice)
    try:
        if "experiment" in raw:
            return plain(build(raw["experiment"], folder))
        if not isinstance(raw["spec"], str):
            raise Wrong("spec", "is not text in quotes; name a spec file, or give the spec as [experiment]")
        return plain(read_spec(folder / raw["spec"]))
    except Wrong as wrong:
        if "experiment" in raw:
            raise wrong.within("experiment") from None
        if wrong.where == "spec" or wrong.where == short(Path(raw["spec"]).name):
            raise Wrong("spec", str(wrong).removeprefix("spec: ")) from None
        raise Wrong("spec", f"{Path(raw['spec']).name}: {wrong}") from None


def _seeds(asked: Any, first: int) -> list[int]:
    """``n``: the spec's own seed and those after it. Nothing: the spec's own."""
    if asked is None:
        return [first]
    if isinstance(asked, int) and not isinstance(asked, bool):
        if not 1 <= asked <= MAX_RUNS:
            raise Wrong("seeds", f"{asked} is not from 1 to {MAX_RUNS:,}; give how many, or a list")
        return [first + k for k in range(asked)]
    if not isinstance(asked, list) or not all(isinstance(s, int) and not isinstance(s, bool) for s in asked):
        raise Wrong("seeds", "is neither a whole number nor a list of whole numbers")
    if not asked:
        raise Wrong("seeds", "is an empty list; give at least one seed")
    if len(set(asked)) < len(asked):
        raise Wrong("seeds", f"{next(s for s in asked if asked.count(s) > 1)} stands twice")
    return asked


def _lists(raw: Any, base: dict[str, Any]) -> dict[str, list[Any]]:
    """Dotted field -> values. ``"training.rate" = [...]`` and ``[sweep.training] rate = [...]`` are the same."""
    if not isinstance(raw, dict):
        raise Wrong("sweep", "is not a table of lists")
    lists: dict[str, list[Any]] = {}
    for field, values in _flat(raw):
        if field in lists:
            raise Wrong(f"sweep.{field}", "stands twice")
        if not isinstance(values, list):
            raise Wrong(f"sweep.{field}", "is not a list; give its values in brackets")
        if not values:
            raise Wrong(f"sweep.{field}", "is an empty list; give at least one value")
        lists[field] = values
    for field in lists:
        _check_field(field, lists, base)
    return lists


def _flat(raw: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in raw.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def classes(section: str) -> dict[str | None, type[msgspec.Struct]]:
    """Kind -> class of what may stand in a section; without kinds (training, measure) the key is None."""
    knob = next(knob for knob in knobs(Experiment) if knob.name == section)
    return {c.__struct_config__.tag: c for c in tables(knob)}


def _check_field(field: str, lists: dict[str, list[Any]], base: dict[str, Any]) -> None:
    """Raise Wrong for a field, or a bare kind, that no experiment of this sweep can have."""
    section, _, knob = field.partition(".")
    if field == "seed":
        raise Wrong("sweep.seed", "is not swept as a field; give seeds = [...] above [sweep]")
    if section not in Experiment.__struct_fields__:
        raise _unknown(section[:60], list(Experiment.__struct_fields__)).within("sweep")
    options = classes(section)
    if knob and isinstance(base[section], list | tuple):
        raise Wrong(f"sweep.{field}", f"is a part of a list; give whole lists, as in {section} = [[], [...]]")
    if knob:
        kinds = {_kind(value) for value in lists.get(section, [])} or {_kind(base[section])}
        known = list(dict.fromkeys(k.name for kind in kinds if kind in options for k in knobs(options[kind])))
        if knob not in known:
            raise _unknown(f"{section}.{knob[:60]}", [f"{section}.{name}" for name in known]).within("sweep")
    elif None not in options:
        for value in lists[field]:
            if isinstance(value, str) and options and value not in options:
                near = nearest(value, list(options))
                hint = f"did you mean {near!r}?" if near else f"known are {', '.join(options)}"
                raise Wrong(f"sweep.{field}", f"{value[:60]!r} is not known; {hint}")


def _kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else value
    return kind if isinstance(kind, str) else None


def _unknown(field: str, known: list[str]) -> Wrong:
    near = nearest(field, known)
    hint = f"did you mean {near}?" if near else f"known fields are {', '.join(known) or 'none'}"
    return Wrong(field, f"is not a known field; {hint}")


def _trial(number: int, values: dict[str, Any], seed: int, base: dict[str, Any], folder: Path) -> Trial:
    """The base with these values in it. A value that does not fit makes a trial with an error, not an exception."""
    raw = msgspec.json.decode(msgspec.json.encode(base)) | {"seed": seed}  # a copy, at a fifth of deepcopy's time
    for field, value in sorted(values.items(), key=lambda item: item[0].count(".")):  # whole sections first
        section, _, knob = field.partition(".")
        if knob and isinstance(raw[section], dict):
            raw[section][knob] = value
        elif isinstance(value, str) and value in classes(section):
            raw[section] = _of_kind(value, section, base[section])
        else:
            raw[section] = value
    cells = {field: cell(value) for field, value in values.items()}
    name = "_".join([*(f"{field}={_word(value)}" for field, value in cells.items()), f"seed={seed}"])[:120]
    try:
        experiment = build(raw, folder)
    except Wrong as wrong:
        return Trial(number, cells, seed, name, error=str(wrong))
    spec = fingerprint(experiment)
    return Trial(number, cells, seed, f"{name}-{spec[:8]}", spec, experiment)


def _of_kind(kind: str, section: str, old: dict[str, Any]) -> dict[str, Any]:
    """A bare kind: knobs that the base's part has too (same name, same type) keep its values, others their defaults."""
    options = classes(section)
    mine = {k.name: k.type for k in knobs(options[kind])}
    shared = {k.name: old[k.name] for k in knobs(options[old["kind"]]) if mine.get(k.name) == k.type}
    return {"kind": kind, **shared}


def cell(value: Any) -> Any:
    """A swept value as one cell of a table: numbers, truth values and text stay, a part without knobs is its kind."""
    if isinstance(value, dict) and set(value) == {"kind"}:
        return value["kind"]
    if isinstance(value, str | bool | float) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    return json.dumps(value, default=str, ensure_ascii=False)


def _word(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)
    return re.sub(r"[^\w.+-]+", "_", text, flags=re.ASCII)[:32].strip("_")
