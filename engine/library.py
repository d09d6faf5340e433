"""The engine from a notebook or a script: an experiment, its run, its arrays and figures. No window, no thread.

    asked = engine.experiment("gaussian", {"kind": "ring", "radius": 3.0}, training={"steps": 1000}, seed=1)
    result = engine.run(asked, progress=print)
    first = result.rounds["1"]
    first.x0, first.x1, first.z1            # (n, d) each: the pairs, and where the flow takes x0
    first.figures["crossing"].value         # V; engine.kinds("metrics") lists all figures
    first.v(first.x0, 0.5)                  # the velocity (n, d) at points (n, d)
    times, z = first.trajectories(first.x0[:100], steps=32)  # (33,) and (33, 100, d)

Parts are written as in a spec file: a kind as text, or a table with its knobs (``main.py parts`` lists them), or a part
itself. A part of one's own is a class with ``@engine.part``; in a plug-in file it can be swept and read back, too.
"""

from __future__ import annotations

import os
import pathlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from engine.codec import build
from engine.parts import Wrong
from engine.provenance import VERSION
from engine.registry import complaints, homeless, knobs, plug_in, tables
from engine.spec import Experiment

if TYPE_CHECKING:
    from engine.result import Result

__version__ = VERSION

Table = str | Mapping[str, Any] | msgspec.Struct


def experiment(
    source: Table,
    target: Table,
    *,
    seed: int | None = None,
    dim: int | None = None,
    rounds: int | None = None,
    coupling: Table | None = None,
    path: Table | None = None,
    velocity: Table | None = None,
    training: Table | None = None,
    solver: Table | None = None,
    reference: Table | None = None,
    measure: Table | None = None,
    branches: Sequence[Table] | None = None,
) -> Experiment:
    """The checked Experiment; what is not given has the default of a spec file. Raises Wrong, in the codec's words.

    A part is its kind (``"gaussian"``), a table (``{"kind": "gaussian", "std": 2.0}``) or a value. Numbers and lists
    may be numpy's. Data files are relative to the present folder.
    """
    given = {
        "seed": seed,
        "dim": dim,
        "rounds": rounds,
        "source": source,
        "target": target,
        "coupling": coupling,
        "path": path,
        "velocity": velocity,
        "training": training,
        "solver": solver,
        "reference": reference,
        "measure": measure,
        "branches": branches,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    return build(_spelled_out(asked, Experiment), pathlib.Path.cwd())


def plugin(path: str | os.PathLike[str]) -> None:
    """Load the parts of a plug-in file, or of a folder of them, here and in processes that this one starts.

    After an edit of the file the same call reads it anew. Raises Wrong, saying what is wrong with it.
    """
    plug_in(path)


def run(
    experiment: Experiment,
    out: str | os.PathLike[str] | None = None,
    device: str = "auto",
    progress: Callable[[str], object] | None = None,
) -> Result:
    """Train and measure all rounds, in this thread. Raises Wrong where there is not one finished round to give.

    ``out``: a folder for metrics.json, experiment.toml and rounds/, as the command ``run`` writes them. ``device``:
    auto, cpu, cuda or mps. ``progress`` is called with a few words whenever something else is being done.

    An interruption (Ctrl+C, a notebook's stop button) keeps the rounds that are finished: ``Result.message`` says what
    is missing, and so does a warning.
    """
    from engine import headless, result  # torch, only now

    if not isinstance(experiment, Experiment):
        raise Wrong(
            "experiment", f"is a {type(experiment).__name__}; engine.experiment(...) and engine.read(...) make one"
        )
    _warn_of_parts(experiment, out)
    following = result.Following(len(experiment.nodes()), progress)
    folder = pathlib.Path(out) if out is not None else None
    message = ""
    try:
        headless.run(experiment.check(), folder, device, following.look)
    except KeyboardInterrupt:
        if not following.finished:
            raise
        message = "Interrupted; the rounds that were finished are kept."
    except Wrong as wrong:
        if not following.finished:
            raise
        message = str(wrong)
    found = result.Result(experiment, following.rounds(), message)
    for sentence in (message, *(held.warning for held in found.rounds.values())):
        if sentence:
            warnings.warn(sentence, stacklevel=2)
    return found


def _warn_of_parts(experiment: Experiment, out: object) -> None:
    """Say which plug-ins are not there, and what of the experiment no other process will be able to read."""
    for sentence in complaints():
        warnings.warn(sentence, stacklevel=3)
    for where, value in experiment.parts() if out is not None else ():
        if homeless(type(value)):
            told = f"{value.kind!r} is defined in this session alone: experiment.toml cannot be read back"
            warnings.warn(f"{where}: {told} unless its class stands in a plug-in file (engine.plugin)", stacklevel=3)


def _spelled_out(given: Any, section: type[msgspec.Struct]) -> Any:
    """A section as a file would have it: kinds as tables, parts as tables, numpy's numbers as Python's."""
    if not isinstance(given, Mapping):
        return _plain(given)
    found, fields = {}, {knob.name: knob for knob in knobs(section)}
    for name, value in given.items():
        field = fields.get(name)
        if field is not None and field.family and isinstance(value, str):
            found[name] = {"kind": value}
        elif field is not None and not field.family and (inner := tables(field)) and isinstance(value, list | tuple):
            found[name] = [_spelled_out(item, inner[0]) for item in value]
        else:
            found[name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value, enc_hook=_plain)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
