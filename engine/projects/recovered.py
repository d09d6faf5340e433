"""A project from its members: all of them, or those whose checksums hold. What is lost is named, and nothing else goes
with it but what rests on it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.codec import build, unchecked
from engine.evidence.figures import Figures
from engine.gate import MAX_BYTES, parse
from engine.learning.history import MOST as MOST_LOSSES
from engine.parts import Wrong
from engine.projects.arrays import points, read_tensors
from engine.projects.data_files import Unpacking
from engine.projects.migrations import FORMAT, Members, migrated
from engine.projects.project import Project, Steps
from engine.projects.stand_in import stood_in
from engine.registry import check_ranges, kinds
from engine.rounds.kept import Kept
from engine.rounds.packed import GROUPS, PLAIN, made
from engine.spec import Experiment
from engine.tree import title
from engine.wording import clean

MOST_ROUNDS = 1000
MOST_STEPS = 201  # what the undo stack holds, and one
_ROUND = re.compile(r"rounds/(\d{1,4})/\w+\.\w+")
_ARRAY = re.compile(r"rounds/\d{1,4}/\w{1,8}\.npy")


def project_of(members: Members, folder: Path, cache: Path) -> Project:
    """The project of these members, whose file lies in ``folder``; data files are copied to ``cache`` if need be.

    Raises Wrong where there is no experiment, or for a newer version's.
    """
    lost: list[str] = []
    manifest = _manifest(members, lost)
    manifest, members = migrated(manifest, members)
    missing = _missing(manifest, members)
    data = Unpacking(_table(manifest, "files"), members, folder, cache)
    steps = _steps(members, data, missing, lost)
    experiment = _experiment(members, data, cache, steps, lost)
    rounds = _Rounds(members, missing, experiment, lost).all()
    if "look.json" in missing:
        lost.append("how it was looked at")
    document = manifest.get("document")
    return Project(
        experiment,
        rounds,
        _dictionary(members, "look.json"),
        steps if steps is not None and steps.experiments[steps.at] == experiment else Steps(),
        bytes(members.get("thumbnail.png", b"")),
        manifest.get("running") is not False,
        document if isinstance(document, str) and document.isprintable() and len(document) < 4096 else "",
        tuple(clean(words, 120) for words in dict.fromkeys(lost)),
    )


def _manifest(members: Members, lost: list[str]) -> dict[str, Any]:
    manifest = _dictionary(members, "project.json")
    if not manifest:
        lost.append("the list of what was in it")
    number = manifest.get("format", FORMAT)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise Wrong("", "is no project: it does not say of which format it is")
    if number > FORMAT:
        by = clean(str(_table(manifest, "versions").get("rewire", number)), 40)
        raise Wrong("", f"was saved by Rewire {by}, whose projects this version cannot read; update it to open them")
    return manifest


def _missing(manifest: Mapping[str, Any], members: Members) -> set[str]:
    """Names of members that were written and are not there, or not as they were."""
    told = _table(manifest, "members")
    return {name for name in told if name not in members}


def _experiment(members: Members, data: Unpacking, cache: Path, steps: Steps | None, lost: list[str]) -> Experiment:
    """Raises Wrong where neither it nor the undo steps tell it."""
    told = "it is missing"
    if "experiment.json" in members:
        try:
            raw = _parsed(members, "experiment.json")
            return build(stood_in(raw, members, data, cache, lost), move=data.outside)
        except Wrong as wrong:
            told = str(wrong)
    if steps is None:
        raise Wrong("", f"is a project whose experiment cannot be read ({clean(told, 200)})")
    lost.append("the experiment as such, which the undo steps tell too")
    return steps.experiments[steps.at]


def _steps(members: Members, data: Unpacking, missing: set[str], lost: list[str]) -> Steps | None:
    """The undo steps; None where they are lost."""
    if "history.json" not in members:
        if "history.json" in missing:
            lost.append("the undo steps")
        return None
    try:
        raw = _parsed(members, "history.json")
        pool, states, texts, at = (raw[name] for name in ("pool", "states", "texts", "at"))
        if not (0 < len(states) <= MOST_STEPS and len(texts) == len(states) - 1 and 0 <= at < len(states)):
            raise ValueError("its steps do not fit together")
        found = _experiments(pool, states, data)
        if found[at] is None:
            return None
        # without steps that cannot be taken any more, since a data file is gone say, and all beyond them
        low = max((k + 1 for k in range(at) if found[k] is None), default=0)
        high = next((k for k in range(at, len(found)) if found[k] is None), len(found))
        words = tuple(clean(str(text), 200) for text in texts[low : high - 1])
        return Steps(tuple(found[low:high]), words, at - low)
    except Exception:  # whatever a file may hold
        lost.append("the undo steps")
        return None


def _experiments(pool: list[Any], states: list[Mapping[str, int]], data: Unpacking) -> list[Experiment | None]:
    """One for each state, None where it cannot be. Each section of the pool is read and checked once: a drawing is
    long, and most steps are about something else."""
    known: dict[tuple[str, int], Any] = {}
    found: list[Experiment | None] = []
    before: Experiment | None = None
    for state in states:
        try:
            raw = {name: known.get((name, place), pool[place]) for name, place in state.items()}
            made = unchecked(raw, data.outside)
            fields = {name: known.get((name, place), getattr(made, name)) for name, place in state.items()}
            before = msgspec.structs.replace(made, **fields).check(before)
            known |= {(name, place): fields[name] for name, place in state.items()}
            found.append(before)
        except (Wrong, IndexError, TypeError):
            found.append(None)
    return found


class _Rounds:
    """Reads the rounds of an experiment."""

    def __init__(self, members: Members, missing: set[str], experiment: Experiment, lost: list[str]) -> None:
        self._members, self._missing, self._experiment, self._lost = members, missing, experiment, lost
        self._nodes = {node.lineage: node.name for node in experiment.nodes()}
        self._arrays: dict[str, np.ndarray] = {}

    def all(self) -> tuple[Kept, ...]:
        """In the order in which they were begun: the last one is what a Look follows. One whose weights are lost is
        trained again on its pairs, and what is continued from it stays."""
        names = {*self._members, *self._missing}
        numbers = sorted({int(found[1]) for name in names if (found := _ROUND.fullmatch(name))})[:MOST_ROUNDS]
        kept: dict[Any, Kept] = {}
        for number in numbers:
            held = self._one(number)
            if held is not None:
                kept.setdefault(held.lineage, held)
        return tuple(kept.values())

    def _one(self, number: int) -> Kept | None:
        folder, name = f"rounds/{number}", f"round {number}"
        try:
            words = json.loads(bytes(_bounded(self._members[f"{folder}/round.json"])))
            told, named = _told(words), tuple(words["groups"])
            pairs = {"x0": self._points(words["x0"]), "x1": self._points(words["x1"])}
            bare = made(told | BARE, {**pairs, "z1": None}, NOTHING)
            name = title(self._nodes[bare.lineage]) if bare.lineage in self._nodes else name
            groups = {group: self._group(folder, group, name) if group in named else {} for group in GROUPS}
            if groups["net"] is None or groups["state"] is None:
                check(bare)
                return bare
            found = {group: arrays or NOTHING[group] for group, arrays in groups.items()}
            held = made(told, {**pairs, "z1": self._ends(words["z1"], pairs["x0"].shape)}, found)
            check(held)
            return replace(held, figures=_known(held.figures), beside=_known(held.beside))
        except Exception:  # whatever a file may hold
            self._lost.append(name)
            return None

    def _group(self, folder: str, group: str, name: str) -> dict[str, np.ndarray] | None:
        """None where it is lost."""
        try:
            return read_tensors(self._members[f"{folder}/{group}.safetensors"])
        except (KeyError, ValueError):
            what = {"losses": "the losses", "frames": "the key frames"}.get(group, "the weights")
            self._lost.append(f"{what} of {name}")
            return None

    def _ends(self, name: str, shape: tuple[int, ...]) -> np.ndarray | None:
        """Where the flow takes the pairs; None where that is to be simulated, perhaps once more."""
        try:
            found = self._points(name) if name else None
        except (KeyError, ValueError):
            return None
        return found if found is not None and found.shape == shape else None

    def _points(self, name: str) -> np.ndarray:
        """Raises KeyError and ValueError."""
        if name not in self._arrays:
            if not _ARRAY.fullmatch(name):
                raise ValueError("it is no array of a round")
            found = points(self._members[name])
            if found.shape[1] != self._experiment.dim:
                raise ValueError("it is of another dimension")
            self._arrays[name] = found
        return self._arrays[name]


NO_LOSSES = {"points": np.zeros((0, 2)), "each": np.array(1), "waiting": np.zeros(0)}
NOTHING: dict[str, dict[str, np.ndarray]] = {group: {} for group in GROUPS} | {"losses": NO_LOSSES}
NO_FIGURES = {"single": [], "ladders": [], "failed": {}}
#: Of a round that begins again on its pairs.
BARE = {
    "finished": False,
    "step": 0,
    "early": "",
    "diverged": False,
    "warning": "",
    "warm": False,
    "sharp": "",
    "figures": NO_FIGURES,
    "beside": NO_FIGURES,
}


def check(held: Kept) -> None:
    """Raises ValueError or Wrong for what no round was; what only its net can judge is left to the Lab."""
    points = held.losses.state()["points"]
    for section in (held.training, *held.lineage, *([held.reference] if held.reference is not None else [])):
        check_ranges(section)
    if held.x0.shape != held.x1.shape or len(points) >= MOST_LOSSES or int(held.losses.state()["each"]) < 1:
        raise ValueError("its arrays do not fit together")


_TYPES: dict[str, type] = {"finished": bool, "step": int, "diverged": bool, "samples": int, "warm": bool}


def _told(words: Mapping[str, Any]) -> dict[str, Any]:
    """What ``made`` takes, of the types that it has. Raises KeyError and ValueError."""
    found = {name: words[name] for name in (*PLAIN, "lineage", "training", "figures", "beside", "reference")}
    for name in PLAIN:
        wanted = _TYPES.get(name, str)
        if type(found[name]) is not wanted or (wanted is int and not 0 <= found[name] < 2**40):
            raise ValueError(f"{name} is of another type")
        if wanted is str:
            found[name] = clean(found[name])
    return found


def _known(figures: Figures) -> Figures:
    """Those of metrics that there are here."""
    metrics = kinds("metrics")
    return figures.only(lambda kind, rung: kind in metrics and bool(metrics[kind].ladder) == (rung is not None))


def _parsed(members: Members, name: str) -> Any:
    """Raises Wrong."""
    try:
        return parse(bytes(_bounded(members[name])).decode(), "json", name)
    except (UnicodeDecodeError, ValueError) as error:
        raise error if isinstance(error, Wrong) else Wrong(name, "is damaged") from None


def _dictionary(members: Members, name: str) -> dict[str, Any]:
    """Empty where there is none."""
    try:
        found = _parsed(members, name) if name in members else {}
    except Wrong:
        found = {}
    return found if isinstance(found, dict) else {}


def _table(manifest: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = manifest.get(name)
    return found if isinstance(found, dict) else {}


def _bounded(member: memoryview) -> memoryview:
    if len(member) > MAX_BYTES:
        raise ValueError("it is too long")
    return member
