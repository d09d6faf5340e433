"""The first picture, before torch is there: the pairs, and the flow of the closed form where it is a quick one."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import msgspec
import numpy as np

from engine.evidence.evidence import mean
from engine.evidence.figures import Figures
from engine.fields.closed import TRUTH, reference
from engine.matching.assignment import last
from engine.motion.stopping import around, heeding
from engine.parts import Problem
from engine.probe import Probe, Subject
from engine.rounds.inquiries import Inquiries
from engine.snapshot import RoundView, Snapshot
from engine.spec import Experiment

QUICK = 0.25  # seconds that one probe may hold the first picture up
CLOUD = 2000  # points of a cloud in a picture
SKETCHED = 300  # pairs that are matched while a hand drags: a hundredth of a second

log = logging.getLogger("rewire")


def pairing(experiment: Experiment) -> Iterator[float | tuple[np.ndarray, np.ndarray]]:
    """The pairs (n, d) that the first round is trained on, in slices: yields the share done, both clouds at the end.

    They depend on the experiment alone. A slice takes a few hundredths of a second; whoever has heard enough drops it.
    """
    return experiment.coupling.draw(experiment.source, experiment.target, experiment.dim, experiment.seed)


def draw_pairs(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """All of ``pairing`` at once."""
    return last(pairing(experiment))


def coupled(experiment: Experiment, x0: np.ndarray, x1: np.ndarray, number: int = 0) -> Problem:
    """The pairs (n, d) of the first coupling, as round ``number``: 0 is the coupling alone."""
    ends = experiment.coupling.ends(experiment.source, experiment.target)
    return Problem(experiment.dim, number, *ends, experiment.coupling, experiment.path, x0, x1)


def cost(x0: np.ndarray, x1: np.ndarray) -> Figures:
    """The figures of the coupling alone: its cost."""
    return Figures(single={"pair_cost": mean(((x1 - x0) ** 2).sum(1))})


def cloud(x: np.ndarray | None, dim: int) -> np.ndarray:
    """As many points (n, d) as stand for a cloud in a picture, float32."""
    return np.zeros((0, dim), np.float32) if x is None else x[:CLOUD].astype(np.float32)


def preview(experiment: Experiment, probes: tuple[Probe, ...] = ()) -> Snapshot:
    """What is known at once, with the answers of those of these probes that are light. Raises Wrong."""
    if experiment.coupling.costly:
        return Snapshot(spec=experiment, request=-1, phase="starting", made=time.monotonic())
    x0, x1 = draw_pairs(experiment)
    nothing = Subject(coupled(experiment, x0, x1), experiment.solver)
    views = [RoundView(0, experiment.path, figures=cost(x0, x1), answers=_quick(probes, nothing))]
    first = coupled(experiment, x0, x1, 1)
    truth = reference(first) if experiment.rounds else None
    if truth is not None:
        seen = Subject(first, experiment.solver, truth, truth, False, experiment.seed)
        told = {"finished": False, "velocity": TRUTH, "exact": True, "name": "1"}
        views.append(RoundView(1, experiment.path, answers=_quick(probes, seen), **told))
    return Snapshot(
        spec=experiment,
        request=-1,
        phase="starting",
        made=time.monotonic(),
        source=cloud(x0, experiment.dim),
        target=cloud(x1, experiment.dim),
        rounds=tuple(views),
    )


def sketch(experiment: Experiment, probes: tuple[Probe, ...]) -> Snapshot:
    """A costly coupling of few pairs, until all are matched. Raises Wrong."""
    coupling = experiment.coupling
    few = msgspec.structs.replace(coupling, pairs=min(SKETCHED, coupling.pairs))
    x0, x1 = draw_pairs(msgspec.structs.replace(experiment, coupling=few))
    told = f"A first plan, of {len(x0):,} pairs; all {coupling.pairs:,} are being matched."
    answers = _quick(probes, Subject(coupled(experiment, x0, x1), experiment.solver))
    view = RoundView(0, experiment.path, figures=cost(x0, x1), answers=answers, remark=told)
    ends = {"source": cloud(x0, experiment.dim), "target": cloud(x1, experiment.dim)}
    return Snapshot(experiment, -1, "sampling", time.monotonic(), rounds=(view,), **ends)


def _quick(probes: tuple[Probe, ...], subject: Subject) -> tuple:
    """The answers of light probes that come within ``QUICK`` seconds each."""
    inquiries, stage, stop = Inquiries(), 0, around()
    inquiries.ask(probe for probe in probes if probe.light and not (probe.by_solver and subject.solver.heavy))
    for held in inquiries.open(subject, stage):
        end = time.monotonic() + QUICK
        late = lambda end=end: stop() or time.monotonic() > end  # noqa: E731
        with heeding(late):
            inquiries.work(held, subject, stage, end, late)
    return inquiries.answers(subject, stage)
