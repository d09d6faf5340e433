"""Rounds as they are drawn: pairs, crossings and trajectories of the shown particles. Needs no torch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from engine.evidence.crossings import page_crossings
from engine.evidence.evidence import mean
from engine.fields.closed import reference
from engine.fields.field import Field
from engine.matching.assignment import last
from engine.motion.flow import Stop, never, trajectories
from engine.parts import Path, Problem, Solver, Wrong
from engine.snapshot import RoundView, Snapshot
from engine.spec import Experiment

SHOWN = 400  # pairs and particles in a picture
QUICK = 10_000  # modes times steps that the first picture may wait for
CLOUD = 2000  # points of a cloud in a picture
COMPARED = 150  # lines that are compared for crossings


def cloud(x: np.ndarray | None, dim: int) -> np.ndarray:
    return np.zeros((0, dim), np.float32) if x is None else x[:CLOUD].astype(np.float32)


def pairing(experiment: Experiment) -> Iterator[float | tuple[np.ndarray, np.ndarray]]:
    """The pairs (n, d) that the first round is trained on, in slices: yields the share done, both clouds at the end.

    They depend on the experiment alone. A slice takes a few hundredths of a second; whoever has heard enough drops it.
    """
    return experiment.coupling.draw(experiment.source, experiment.target, experiment.dim, experiment.seed)


def draw_pairs(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """All of ``pairing`` at once."""
    return last(pairing(experiment))


def coupling(x0: np.ndarray, x1: np.ndarray, path: Path) -> RoundView:
    """Round 0: the pairs (n, d) with their cost."""
    still = without_flow(0, x0[:SHOWN], x1[:SHOWN], path)
    return replace(still, metrics={"pair_cost": mean(((x1 - x0) ** 2).sum(1))})


def preview(experiment: Experiment) -> Snapshot:
    """The first picture, before torch is there: the pairs, and the flow of the closed form where there is one."""
    if experiment.coupling.costly:
        return Snapshot(spec=experiment, request=-1, phase="starting", made=time.monotonic())
    x0, x1 = draw_pairs(experiment)
    views = [coupling(x0, x1, experiment.path)]
    problem = Problem(
        experiment.dim, 1, experiment.source, experiment.target, experiment.coupling, experiment.path, x0, x1
    )
    truth = reference(problem) if experiment.rounds else None
    solver = experiment.solver
    quick = truth is not None and truth.size * solver.steps <= QUICK
    if quick:
        still = replace(views[0], number=1, finished=False, metrics={})
        with suppress(Wrong):  # the engine says it in a moment
            views.append(with_flow(still, truth, start(solver, x0, x1), solver, experiment.path))
    return Snapshot(
        spec=experiment,
        request=-1,
        phase="starting",
        made=time.monotonic(),
        source=cloud(x0, experiment.dim),
        target=cloud(x1, experiment.dim),
        rounds=tuple(views),
    )


def start(solver: Solver, x0: np.ndarray, x1: np.ndarray) -> np.ndarray:
    """Where the shown particles of these pairs start: at x1 where the solver goes backward."""
    return (x1 if solver.backward else x0)[:SHOWN]


def with_flow(still: RoundView, v: Field, x: np.ndarray, solver: Solver, path: Path, stop: Stop = never) -> RoundView:
    """The same pairs with the trajectories of v from their ``start`` x (n, d), by the solver on display. Raises
    Stopped."""
    times, z = trajectories(v, x, solver, stop, path)
    return replace(
        still,
        times=times,
        z=z.astype(np.float32),
        exact=v.closed,
        velocity=v.name,
        flow_crossings=order_changes(z[:, :COMPARED, 0]) if x.shape[1] == 1 else None,
    )


def without_flow(number: int, x0: np.ndarray, x1: np.ndarray, path: Path) -> RoundView:
    """Pairs alone; crossings of straight paths are counted on the page: the (t, x) plane in 1-D, the first two axes
    else. Where paths are curved, lines between the ends are not what is drawn, and nothing is counted."""
    if not path.straight:
        return RoundView(number, True, x0.astype(np.float32), x1.astype(np.float32))
    a, b = x0[:COMPARED], x1[:COMPARED]
    if x0.shape[1] == 1:
        a = np.column_stack([np.zeros(len(a)), a])
        b = np.column_stack([np.ones(len(b)), b])
    return RoundView(
        number,
        True,
        x0.astype(np.float32),
        x1.astype(np.float32),
        crossings=page_crossings(a[:, :2], b[:, :2]).astype(np.float32),
        crossings_of=len(a),
    )


def order_changes(z: np.ndarray) -> int:
    """1-D: pairs of trajectories z (m, n) that are in another order at some later time than at the start."""
    order = z[:, np.argsort(z[0], kind="stable")]
    i, j = np.triu_indices(order.shape[1], 1)
    least = 1e-9 * np.ptp(order)  # ends that coincide differ by rounding
    changed = np.zeros(len(i), bool)
    for now in order:  # one time after the other: thousands of steps at once would fill the memory
        changed |= now[i] - now[j] > least
    return int(changed.sum())
