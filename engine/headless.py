"""One experiment without a window: all rounds, their figures, and files from which it can be rerun."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.codec import plain, to_toml
from engine.evidence.estimate import Estimate
from engine.lab import Lab
from engine.learning.net import Net
from engine.parts import Wrong
from engine.probes.velocity_gap import VelocityGap
from engine.registry import kinds
from engine.rounds.remark import remark
from engine.rounds.round import Round
from engine.spec import Experiment
from engine.tree import MOST_NAME, Node
from engine.writing import write_atomically

Progress = Callable[[Lab], None]
Tree = list[tuple[Node, Round]]
ROUND_FILE = re.compile(rf"(\d+|[\w -]{{1,{MOST_NAME}}}\.\d+)\.(npz|safetensors)")


def run(experiment: Experiment, out: Path | None, device: str = "auto", progress: Progress = lambda lab: None) -> Tree:
    """Train and measure every round; write ``out``, where one is given, each round when it is done. Raises Wrong; a
    file is whole or not there."""
    written = Written(experiment, out) if out is not None else None
    lab = Lab(device, last_pairs=True, by_round=True)
    lab.adopt(experiment)
    lab.ask((VelocityGap(),), tuple(node.name for node in experiment.nodes()))
    while lab.advance(0.1):
        if written is not None:
            written.follow(lab.tree())
        progress(lab)
    while lab.look(10.0):
        progress(lab)
    progress(lab)
    tree = lab.tree()
    if lab.error and not tree:
        raise Wrong("", lab.error)
    if written is not None:
        written.finish(tree)
    if lab.error:
        raise Wrong("", f"{lab.error}; the rounds before were written" if written is not None else lab.error)
    return tree


class Written:
    """What of a run is on the disk: each round is written once it is measured, and again once more is known of it.

    Raises Wrong where the folder, or a data file, is not to be had.
    """

    def __init__(self, experiment: Experiment, out: Path) -> None:
        self._experiment, self._out = experiment, out
        try:
            (out / "rounds").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Wrong(str(out), f"cannot be made a folder ({error.strerror})") from None
        self._spec = to_toml(_with_data_beside(experiment, out), out).encode()
        self._of: dict[str, tuple] = {}

    def follow(self, tree: Tree) -> None:
        """Write the rounds that are measured, where there is anything new."""
        done = [(node, held) for node, held in tree if held.v is not None and held.own.missing(held.problem) is None]
        states = {node.name: _state(held) for node, held in done}
        fresh = [name for name, state in states.items() if self._of.get(name) != state]
        if fresh:
            self._write(done, fresh)
            self._of = states

    def finish(self, tree: Tree) -> None:
        """Write what there is of all rounds, also of those that are not complete, and take away what is old."""
        self._write(tree, [node.name for node, held in tree if self._of.get(node.name) != _state(held)])
        _clear(self._out / "rounds", tree)

    def _write(self, tree: Tree, names: list[str]) -> None:
        for node, held in tree:
            if node.name in names and held.v is not None:
                _write_round(node.name, held, self._out / "rounds")
        write_atomically(self._out / "metrics.json", as_json(self._experiment, tree).encode())
        write_atomically(self._out / "experiment.toml", self._spec)


def _state(held: Round) -> tuple:
    """What is written of a round: equal as long as that would be the same."""
    return (
        id(held),
        held.z1 is not None,
        held.own.figures,
        held.reference.own.figures,
        held.inquiries.found(VelocityGap()),
    )


def _clear(folder: Path, tree: Tree) -> None:
    """Remove what an earlier run with more rounds, or with a net, has left."""
    written = {node.name: held for node, held in tree}
    for old in folder.glob("*.*"):
        held = written.get(old.stem)
        stale = held is None or (old.suffix == ".safetensors" and not isinstance(held.v, Net))
        if stale and ROUND_FILE.fullmatch(old.name):
            old.unlink()


def as_json(experiment: Experiment, tree: Tree) -> str:
    """metrics.json: no times and no folders in it, so that two runs of one spec give the same bytes."""
    asked = plain(_without_folders(experiment))
    return json.dumps(
        {
            "experiment": asked,
            "rounds": [_figures(experiment, node, held, tree) for node, held in tree],
            "about": _about([held for _, held in tree]),
        },
        indent=2,
        allow_nan=False,
        ensure_ascii=False,
    )


def said(node: Node, held: Round, tree: Tree) -> str:
    """What the figures of this round say against its picture."""
    return remark(held, next((before for other, before in tree if other.name == node.parent), None))


def _figures(experiment: Experiment, node: Node, held: Round, tree: Tree) -> dict[str, Any]:
    figures: dict[str, Any] = {"round": int(node.name) if not node.branch else node.name}
    if node.branch:
        figures |= {"continues": node.parent, "operation": msgspec.to_builtins(node.lineage[-1])}
    errors: dict[str, Any] = {}
    own = held.own.figures
    for kind, metric in kinds("metrics").items():
        if metric.ladder:
            if rungs := own.ladders.get(kind):
                figures[kind] = {f"{x:g}": _number(e.value) for x, e in rungs.items()}
                errors[kind] = {f"{x:g}": _number(e.error) for x, e in rungs.items()}
        elif kind in own.single:
            figures[kind] = _number(own.single[kind].value)
            errors[kind] = _number(own.single[kind].error)
    figures["standard_error"] = errors
    if own.failed:
        figures["failed"] = dict(own.failed)
    single, ladders = held.reference.own.figures.single, held.reference.own.figures.ladders
    if single or ladders:
        name = "closed_form" if experiment.reference.true else "reference"
        for told, into in (("value", figures), ("error", errors)):
            into[name] = {kind: _number(getattr(e, told)) for kind, e in single.items()} | {
                kind: {f"{x:g}": _number(getattr(e, told)) for x, e in rungs.items()} for kind, rungs in ladders.items()
            }
    if held.reference.why_none and not experiment.reference.true:
        figures["no_reference"] = held.reference.why_none
    figures["velocity"] = held.v.name if held.v is not None else "none"
    if held.learning.warning:
        figures["warning"] = held.learning.warning
    if words := said(node, held, tree):
        figures["remark"] = words
    return figures


def _about(rounds: list[Round]) -> dict[str, Any]:
    """Unit, formula and sample size of every figure."""
    about = {}
    for kind, metric in kinds("metrics").items():
        found: list[Estimate] = []
        for held in rounds:
            own = held.own.figures
            found += [*own.ladders.get(kind, {}).values(), *([own.single[kind]] if kind in own.single else [])]
        if not found and rounds:
            continue  # it does not apply here
        about[kind] = {"unit": metric.unit, "formula": metric.formula, "samples": found[0].n if found else 0}
    return about


def _number(x: float | None) -> float | None:
    return float(x) if x is not None and math.isfinite(x) else None


def _write_round(name: str, held: Round, folder: Path) -> None:
    """NAME.npz: z0 and z1 (n, d), the coupling after the round, and the map of v against v* where that is known (see
    ``GapMap``); NAME.safetensors: the averaged weights, for a net."""
    content = io.BytesIO()
    z1 = held.z1 if held.z1 is not None else np.zeros((0, held.problem.dim))
    seen = held.inquiries.found(VelocityGap())
    beside = {f"map_{k}": getattr(seen, k) for k in ("times", "bounds", "v", "truth")} if seen else {}
    np.savez(content, z0=held.problem.x0[: len(z1)], z1=z1, **beside)
    write_atomically(folder / f"{name}.npz", content.getvalue())
    if isinstance(held.v, Net):
        from safetensors.torch import save

        about = {"velocity": msgspec.to_builtins(held.v.part), "norm": "mean x0, mean x1, input scale, output scale"}
        # one entry: several come in any order, and the bytes would differ from run to run
        write_atomically(folder / f"{name}.safetensors", save(held.v.tensors(), {"about": json.dumps(about)}))


def _ends(experiment: Experiment, move: Callable[[str, str], str]) -> Experiment:
    ends = {}
    for end in ("source", "target", "coupling"):
        part = getattr(experiment, end)
        if part.files():
            ends[end] = msgspec.structs.replace(part, path=move(end, part.path))
    return msgspec.structs.replace(experiment, **ends)


def _without_folders(experiment: Experiment) -> Experiment:
    return _ends(experiment, lambda end, path: Path(path).name)


def _with_data_beside(experiment: Experiment, out: Path) -> Experiment:
    """The experiment reading copies of its data files in ``out``, so that it reruns when the originals are gone.

    All are read before any is written: a rerun reads the copies themselves. Raises Wrong.
    """
    contents: dict[Path, bytes] = {}

    def copied(end: str, path: str) -> str:
        place = out / "data" / end / Path(path).name
        try:
            contents[place] = Path(path).read_bytes()
        except OSError as error:
            raise Wrong(f"{end}.path", f"{Path(path).name}: cannot be read ({error.strerror or error})") from None
        return str(place.resolve())

    moved = _ends(experiment, copied)
    for place, content in contents.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, content)
    return moved
