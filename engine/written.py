"""What of a run is on the disk: files that can be read, plotted and rerun by anybody."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from engine.codec import ENDS, to_toml
from engine.lab import Lab
from engine.learning.net import Net
from engine.parts import Wrong
from engine.probes.velocity_gap import VelocityGap
from engine.registry import homeless
from engine.rounds.round import Round
from engine.spec import Experiment
from engine.tree import MOST_NAME, Node
from engine.writing import clear_scratch, made, reason, write_atomically

Tree = list[tuple[Node, Round]]
ROUND_FILE = re.compile(rf"(\d+|[\w -]{{1,{MOST_NAME}}}\.\d+)\.(npz|safetensors)")


class Written:
    """Each round is written once it is measured, and again once more is known of it. ``told`` gives metrics.json.

    ``experiment`` is the one to work with: it reads copies of its data files in ``out``, which nobody takes away.
    Raises Wrong where the folder, a data file or the room for a file is not to be had.
    """

    def __init__(self, experiment: Experiment, out: Path, told: Callable[[Tree], bytes]) -> None:
        self._out, self._told = out, told
        self._rounds = made(out / "rounds")
        for folder in (out, self._rounds, *(out / "data" / end for end in ENDS)):
            clear_scratch(folder)
        self.experiment = _with_data_beside(experiment, out)
        self._of: dict[str, tuple] = {}
        self._paired = False
        write_atomically(out / "experiment.toml", _spec(self.experiment, out).encode())

    def follow(self, lab: Lab) -> None:
        """Write the rounds that are measured, where there is anything new."""
        self._write_pairs(lab)
        tree = lab.tree()
        done = [(node, held) for node, held in tree if held.v is not None and held.own.missing(held.problem) is None]
        states = {node.name: _state(held) for node, held in done}
        fresh = [name for name, state in states.items() if self._of.get(name) != state]
        if fresh:
            self._write(done, fresh)
            self._of = states

    def finish(self, lab: Lab) -> None:
        """Write what there is of all rounds, also of those that are not complete, and take away what is old."""
        self._write_pairs(lab)
        tree = lab.tree()
        self._write(tree, [node.name for node, held in tree if self._of.get(node.name) != _state(held)])
        _clear(self._rounds, tree)

    def _write_pairs(self, lab: Lab) -> None:
        """pairs.npz: x0 and x1 (n, d), the first coupling."""
        if not self._paired and lab.run.x0 is not None:
            content = io.BytesIO()
            np.savez(content, x0=lab.run.x0, x1=lab.run.x1)
            write_atomically(self._out / "pairs.npz", content.getvalue())
            self._paired = True

    def _write(self, tree: Tree, names: list[str]) -> None:
        for node, held in tree:
            if node.name in names and held.v is not None:
                _write_round(node.name, held, self._rounds)
        write_atomically(self._out / "metrics.json", self._told(tree))


def _spec(experiment: Experiment, out: Path) -> str:
    """experiment.toml; where it cannot be read back, it says so itself."""
    told = [
        f"# {where}: {part.kind!r} was defined in a notebook or a script; "
        "nobody can read this file back unless its class stands in a plug-in file.\n"
        for where, part in experiment.parts()
        if homeless(type(part))
    ]
    return "".join(told) + to_toml(experiment, out)


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


def _write_round(name: str, held: Round, folder: Path) -> None:
    """NAME.npz: z0 and z1 (n, d), the coupling after the round; losses (k, 2), the step and the mean loss since the
    one before; the map of v against v* where that is known (see ``GapMap``). NAME.safetensors: the averaged weights,
    for a net."""
    content = io.BytesIO()
    z1 = held.z1 if held.z1 is not None else np.zeros((0, held.problem.dim))
    seen = held.inquiries.found(VelocityGap())
    beside = {f"map_{k}": getattr(seen, k) for k in ("times", "bounds", "v", "truth")} if seen else {}
    np.savez(content, z0=held.problem.x0[: len(z1)], z1=z1, losses=held.learning.losses, **beside)
    write_atomically(folder / f"{name}.npz", content.getvalue())
    if isinstance(held.v, Net):
        from safetensors.torch import save

        about = {"velocity": msgspec.to_builtins(held.v.part), "norm": "mean x0, mean x1, input scale, output scale"}
        # one entry: several come in any order, and the bytes would differ from run to run
        write_atomically(folder / f"{name}.safetensors", save(held.v.tensors(), {"about": json.dumps(about)}))


def moved(experiment: Experiment, move: Callable[[str, str], str]) -> Experiment:
    """The experiment with other paths of its data files: ``move`` gets the end, as in ``target``, and the path."""
    ends = {}
    for end in ENDS:
        part = getattr(experiment, end)
        if part.files():
            ends[end] = part.elsewhere(partial(move, end))
    return msgspec.structs.replace(experiment, **ends)


def _with_data_beside(experiment: Experiment, out: Path) -> Experiment:
    """The experiment reading copies of its data files in ``out``, so that it runs, and reruns, when the originals are
    gone.

    All are read before any is written: a rerun reads the copies themselves. Raises Wrong.
    """
    contents: dict[Path, bytes] = {}

    def copied(end: str, path: str) -> str:
        place = out / "data" / end / Path(path).name
        try:
            contents[place] = Path(path).read_bytes()
        except OSError as error:
            raise Wrong(f"{end}.path", f"{Path(path).name}: cannot be read ({reason(error)})") from None
        return str(place.resolve())

    beside = moved(experiment, copied)
    for place, content in contents.items():
        made(place.parent)
        write_atomically(place, content)
    return beside
