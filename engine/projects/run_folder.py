"""The folder that ``main.py run`` writes, as a project: its rounds come back trained, and measured."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine import codec
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.gate import MAX_BYTES, content
from engine.learning.history import History
from engine.matching.assignment import last
from engine.parts import Finished, Wrong
from engine.projects.arrays import points, read_tensors
from engine.projects.project import Project
from engine.projects.recovered import check
from engine.registry import kinds
from engine.rounds.kept import Kept
from engine.rounds.packed import unpacked
from engine.spec import Experiment
from engine.tree import Node, title
from engine.wording import clean, short

MOST_BYTES = 2**30  # of one file
MOST_ROUNDS = 1000
Pairs = tuple[np.ndarray, np.ndarray]


def read_run(folder: Path) -> Project:
    """Raises Wrong for a folder without an experiment; rounds that cannot be read are named as lost."""
    spec = folder / "experiment.toml"
    if not spec.is_file():
        told = "is a folder without experiment.toml; open a spec, a project or the folder of a run"
        raise Wrong(short(folder.name), told)
    experiment = codec.read(spec)
    lost: list[str] = []
    rounds = _Rounds(folder, experiment, lost).all()
    return Project(experiment, rounds, running=False, lost=tuple(lost))


class _Rounds:
    """Reads them, parents before children: the pairs of each follow from the flow before it."""

    def __init__(self, folder: Path, experiment: Experiment, lost: list[str]) -> None:
        self._folder, self._experiment, self._lost = folder, experiment, lost
        self._metrics = _metrics(folder / "metrics.json")

    def all(self) -> tuple[Kept, ...]:
        found: dict[Any, Kept] = {held.lineage: held for held in self._unfinished()}
        first = self._first(found)
        if first is None:
            return ()
        for node in self._experiment.nodes():
            if node.lineage not in found and (self._folder / "rounds" / f"{node.name}.npz").is_file():
                try:
                    found[node.lineage] = self._one(node, first, found)
                except (Wrong, ValueError, KeyError, OSError, MemoryError, zipfile.BadZipFile):
                    self._lost.append(title(node.name))
        return tuple(found[node.lineage] for node in self._experiment.nodes() if node.lineage in found)

    def _unfinished(self) -> list[Kept]:
        """Those of a run that has not come to its end, in training perhaps."""
        found = []
        for path in sorted((self._folder / "unfinished").glob("*.npz"))[:MOST_ROUNDS]:
            try:
                held = unpacked(content(path, MOST_BYTES))
                check(held)
                if held.x0.shape[1:] == (self._experiment.dim,) and all(map(_finite, (held.x0, held.x1))):
                    found.append(held)
            except (Wrong, OSError, ValueError):
                self._lost.append("a round that was not finished")
        return found

    def _first(self, found: Mapping[Any, Kept]) -> Pairs | None:
        if () in found:
            return found[()].x0, found[()].x1
        try:
            arrays = _arrays(self._folder / "pairs.npz", ("x0", "x1"))
            return self._points(arrays["x0"]), self._points(arrays["x1"])
        except (ValueError, KeyError, OSError, zipfile.BadZipFile):
            if (self._folder / "rounds").is_dir():
                self._lost.append("the pairs, and with them the rounds")
            return None

    def _one(self, node: Node, first: Pairs, found: Mapping[Any, Kept]) -> Kept:
        place = self._folder / "rounds" / node.name
        arrays = _arrays(place.with_name(f"{node.name}.npz"), ("z0", "z1", "losses"))
        x0, x1 = first if not node.lineage else self._continued(node, first, found)
        losses = _losses(arrays["losses"])
        net, weights = {}, place.with_name(f"{node.name}.safetensors")
        if self._experiment.velocity.learns:
            net = read_tensors(memoryview(content(weights, MOST_BYTES)))
        told = self._metrics.get(node.name, {})
        about = self._metrics.get("about", {})
        beside = _figures(*_beside(told), about)
        whole = len(arrays["z1"]) > 128 and (z1 := self._points(arrays["z1"])).shape == x0.shape
        return Kept(
            node.lineage,
            self._experiment.training,
            x0,
            x1,
            z1 if whole else None,
            net=net,
            losses=losses,
            step=int(losses.points[-1, 0]) if len(losses) else self._experiment.training.steps,
            diverged="diverged" in str(told.get("warning", "")),
            warning=clean(str(told.get("warning", ""))),
            figures=_figures(told, told.get("standard_error"), about),
            samples=self._experiment.measure.samples,
            reference=self._experiment.reference if beside.single or beside.ladders else None,
            beside=beside,
        )

    def _continued(self, node: Node, first: Pairs, found: Mapping[Any, Kept]) -> Pairs:
        from engine.rounds.seeds import seed_of

        before = found[node.lineage[:-1]]
        if before.z1 is None:
            raise ValueError("the flow before it is not there")
        experiment = self._experiment
        source, _ = experiment.coupling.ends(experiment.source, experiment.target)
        rng = np.random.default_rng([seed_of(experiment, node.lineage), 3])
        return last(node.lineage[-1].steps(Finished(before.x0, before.z1, *first, source), rng))

    def _points(self, member: bytes) -> np.ndarray:
        found = points(memoryview(member))
        if found.shape[1] != self._experiment.dim:
            raise ValueError("it is of another dimension")
        return found


def _finite(points: np.ndarray) -> bool:
    return points.dtype == np.float64 and bool(np.isfinite(points).all())


def _arrays(path: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """The members of an NPZ, as they are. Raises OSError, ValueError, KeyError and BadZipFile."""
    found = content(path, MOST_BYTES)
    with zipfile.ZipFile(io.BytesIO(found)) as archive:
        entries = {name: archive.getinfo(f"{name}.npy") for name in names}
        if any(e.compress_type != zipfile.ZIP_STORED or e.file_size > len(found) for e in entries.values()):
            raise ValueError("it is compressed")
        return {name: archive.read(entry) for name, entry in entries.items()}


def _losses(member: bytes) -> History:
    """Raises ValueError."""
    empty = len(member) <= 128
    return History.restored(
        {
            "points": np.zeros((0, 2)) if empty else points(memoryview(member)),
            "each": np.array(1),
            "waiting": np.zeros(0),
        }
    )


def _metrics(path: Path) -> dict[str, Any]:
    """By the names of rounds, and ``about``; empty where it cannot be read."""
    try:
        told = json.loads(content(path, MAX_BYTES))
        rounds = {str(figures["round"]): figures for figures in told["rounds"]}
        return rounds | {"about": told["about"]}
    except (Wrong, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _beside(told: Mapping[str, Any]) -> tuple[Any, Any]:
    """The reference's figures and their errors."""
    name = "closed_form" if "closed_form" in told else "reference"
    errors = told.get("standard_error")
    return told.get(name), errors.get(name) if isinstance(errors, dict) else None


def _figures(told: Any, errors: Any, about: Any) -> Figures:
    """As they stand in metrics.json; those that are no numbers are measured again."""
    single: dict[str, Estimate] = {}
    ladders: dict[str, dict[float, Estimate]] = {}
    told, errors = (table if isinstance(table, dict) else {} for table in (told, errors))
    for kind, metric in kinds("metrics").items():
        value, error = told.get(kind), errors.get(kind)
        of = about.get(kind, {}) if isinstance(about, dict) else {}
        n = of.get("samples", 0) if isinstance(of, dict) and isinstance(of.get("samples"), int) else 0
        if not metric.ladder and _number(value):
            single[kind] = Estimate(value, error if _number(error) else None, n)
        elif metric.ladder and isinstance(value, dict) and all(map(_number, value.values())):
            error = error if isinstance(error, dict) else {}
            rungs = {x: error.get(x) for x in value}
            ladders[kind] = {float(x): Estimate(value[x], e if _number(e) else None, n) for x, e in rungs.items()}
    return Figures(single, ladders)


def _number(x: Any) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)
