"""The trajectories on show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.fields.field import leave
from engine.motion.flow import ONE_STEP
from engine.motion.stopping import Stop, never
from engine.parts import knob
from engine.probe import Probe, Subject
from engine.probes.meetings import Met, met
from engine.registry import part

COMPARED = 150  # trajectories on the line that are compared for their order


@dataclass(frozen=True, eq=False)
class Traced:
    """``z`` (m, n, d) float32 at ``times`` (m,), rising. ``order_changes``: 1-D only, of ``COMPARED`` trajectories
    those two by two that change places, which an exact flow never does. ``met``: elsewhere, of as many, those that come
    near each other at one time. ``class1`` (n,): the classes of their ends, where the target's law has any."""

    times: np.ndarray
    z: np.ndarray
    order_changes: int | None = None
    met: Met | None = None
    class1: np.ndarray | None = None

    def at(self, t: float, most: int | None = None) -> np.ndarray:
        """Z_t of the first ``most`` particles, (n, d), linear between the times that are kept."""
        k = int(np.clip(np.searchsorted(self.times, t, side="right") - 1, 0, len(self.times) - 2))
        share = np.float32((t - self.times[k]) / (self.times[k + 1] - self.times[k]))
        before, after = self.z[k, :most], self.z[k + 1, :most]
        return before + share * (after - before)


@part
class Trajectories(Probe, frozen=True, tag="trajectories"):
    """dZ/dt = v(Z, t) by the solver on display, from the starts of the pairs on show (backward: from their ends)."""

    about = "Trajectories of the flow from the first pairs, by the solver on display."
    by_solver = everywhere = light = True

    count: Annotated[int, knob("trajectories", 1, 20_000, log=True, tip="How many trajectories.")] = 400

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Traced | None]:
        problem, v = subject.problem, subject.v
        solver = ONE_STEP if problem.one_step else subject.solver
        x, times, states = (problem.x1 if solver.backward else problem.x0)[: self.count], [], []
        for t, z in solver.march(v, v.enter(x), problem.path):
            times.append(t)
            states.append(leave(z).astype(np.float64))
            yield None
        order = slice(None, None, -1 if solver.backward else 1)
        z = np.stack(states)[order]
        times = np.array(times)[order]
        changes = order_changes(z[:, :COMPARED, 0]) if problem.dim == 1 else None
        sane = bool(np.isfinite(z).all())
        near = met(z[:, :COMPARED], times, stop) if problem.dim > 1 and sane else None
        class1 = problem.target.labels(z[-1], problem.dim) if sane else None
        yield Traced(times, z.astype(np.float32), changes, near, class1)


def order_changes(z: np.ndarray) -> int:
    """1-D: pairs of trajectories z (m, n) that are in another order at some later time than at the start."""
    order = z[:, np.argsort(z[0], kind="stable")]
    i, j = np.triu_indices(order.shape[1], 1)
    least = 1e-9 * np.ptp(order)  # ends that coincide differ by rounding
    changed = np.zeros(len(i), bool)
    for now in order:  # one time after the other: thousands of steps at once would fill the memory
        changed |= now[i] - now[j] > least
    return int(changed.sum())
