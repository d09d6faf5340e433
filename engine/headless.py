"""One experiment without a window: all rounds, their figures, and files from which it can be rerun."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec

from engine.checkpoint import Checkpoint
from engine.codec import plain
from engine.evidence.estimate import Estimate
from engine.lab import Lab
from engine.lock import Lock
from engine.motion.stopping import Stop, never
from engine.parts import Wrong
from engine.probes.velocity_gap import VelocityGap
from engine.projects.project import Project
from engine.projects.writer import write
from engine.provenance import fingerprint, made_by
from engine.registry import kinds
from engine.rounds.remark import remark
from engine.rounds.round import Round
from engine.spec import Experiment
from engine.tree import Node
from engine.written import Tree, Written, moved

SLICE = 0.1  # seconds of work between two looks at what is to be written
Progress = Callable[[Lab], None]


def run(
    experiment: Experiment,
    out: Path | None,
    device: str = "auto",
    progress: Progress = lambda lab: None,
    stop: Stop = never,
    last_pairs: bool = True,
    going_on: bool = True,
    project: Path | None = None,
    threads: int | None = None,
) -> Tree:
    """Train and measure every round; write ``out``, where one is given, each round when it is done. Raises Wrong; a
    file is whole or not there.

    ``stop`` is asked at every step; True ends the run with KeyboardInterrupt. ``last_pairs``: simulate also where the
    flows of those rounds that nobody continues take their pairs. ``going_on``: ``out`` is this run's alone while it
    lasts, an unfinished run of this very spec that lies there is gone on with, and this one is kept in turn, until it
    is finished; the bytes of ``out`` are then those of a run that was never ended. ``project``: a file for the rounds
    as they are kept, at the end. ``threads`` train, all physical cores if None; to the same numbers.
    """
    lab = Lab(device, stop=stop, last_pairs=last_pairs, by_round=True, threads=threads)
    if out is None:
        return _finished(lab, _run(lab, experiment, None, None, progress, stop), project)
    with Lock(out) if going_on else nullcontext():
        made = made_by(experiment, lab.device, lab.threads)
        written = Written(experiment, out, lambda tree: as_json(experiment, tree, made).encode())
        checkpoint = None
        if going_on:
            rest = {name: value for name, value in made.items() if name != "threads"}  # which change no number
            key = json.dumps({"spec": fingerprint(experiment), **rest})
            checkpoint = Checkpoint(out / "unfinished", key)
        return _finished(lab, _run(lab, written.experiment, written, checkpoint, progress, stop), project)


def _finished(lab: Lab, tree: Tree, project: Path | None) -> Tree:
    """Raises Wrong where the project cannot be written."""
    if project is not None:
        write(Project(lab.experiment, lab.kept()), project)
    return tree


def _run(
    lab: Lab,
    experiment: Experiment,
    written: Written | None,
    checkpoint: Checkpoint | None,
    progress: Progress,
    stop: Stop,
) -> Tree:
    if checkpoint is not None:
        checkpoint.restore(lab, experiment)
    else:
        lab.adopt(experiment)
    lab.ask((VelocityGap(),), tuple(node.name for node in experiment.nodes()))
    progress(lab)
    while lab.advance(SLICE) and not stop():
        with _kept(checkpoint):
            if written is not None:
                written.follow(lab)
            if checkpoint is not None:
                checkpoint.follow(lab)
        progress(lab)
    while lab.look(10.0) and not stop():
        progress(lab)
    progress(lab)
    if stop():
        if checkpoint is not None:
            checkpoint.keep(lab.kept())
        raise KeyboardInterrupt
    tree = lab.tree()
    if lab.error and not tree:
        raise Wrong("", lab.error)
    if written is not None:
        with _kept(checkpoint):
            written.finish(lab)
    if lab.error:
        raise Wrong("", f"{lab.error}; the rounds before were written" if written is not None else lab.error)
    if checkpoint is not None:
        checkpoint.clear()
    return tree


@contextmanager
def _kept(checkpoint: Checkpoint | None) -> Iterator[None]:
    """A disk that refuses ends the run, and not what was kept of it: the complaint says so."""
    try:
        yield
    except Wrong as wrong:
        if checkpoint is None or not checkpoint.there:
            raise
        raise Wrong(wrong.where, f"{wrong.message}; the same command goes on from what was kept before") from None


def as_json(experiment: Experiment, tree: Tree, made: dict[str, Any]) -> str:
    """metrics.json: no times and no folders in it, so that two runs of one spec give the same bytes. ``made``: what
    made it (see ``provenance.made_by``)."""
    asked = plain(moved(experiment, lambda end, path: Path(path).name))
    return json.dumps(
        {
            "experiment": asked,
            "rounds": [_figures(experiment, node, held, tree) for node, held in tree],
            "about": _about([held for _, held in tree]),
            "made_by": made,
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
