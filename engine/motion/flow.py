"""Simulating dZ/dt = v(Z, t), whatever the field computes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from engine.fields.field import Field, evaluate, leave
from engine.motion.accurate import Accurate, Settled
from engine.motion.stopping import Stop, Stopped, heed, never
from engine.parts import Path, Problem, Solver, Wrong
from engine.solvers.euler import Euler

#: Reflow pairs and every figure come from this one solver, never from the one on display:
#: otherwise a one-step Euler demonstration would silently change the next round's data.
ACCURATE = Accurate()

#: The whole map of a distilled round.
ONE_STEP = Euler(steps=1)

ROWS = 16_384  # particles moved at once: bounds the memory, and how long a stop has to wait (see ``Field.rows``)


def accurate(problem: Problem) -> Accurate | Solver:
    """What simulates pairs and figures of a round: one Euler step is the whole map of a distilled one."""
    return ONE_STEP if problem.one_step else ACCURATE


def settled(solver: Solver | Accurate, v: Field, x0: np.ndarray, stop: Stop = never) -> Solver | Settled:
    """The solver with its grid chosen for this field, once for all particles x0 (n, d). Raises Stopped."""
    for found in solver.settle(v, x0) if isinstance(solver, Accurate) else (solver,):
        if found is None and stop():
            raise Stopped
    return found


def trajectories(
    v: Field, x0: np.ndarray, solver: Solver | Accurate | Settled, stop: Stop = never, path: Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Times (m,), rising, and states (m, n, d), float64, at every node of the solver's grid. Raises Stopped.

    A backward solver starts from x0 at t = 1, which is then the last of the states.
    """
    solver, times, states = settled(solver, v, x0, stop), [], []
    for t, x in solver.march(v, v.enter(x0), path):
        if stop():
            raise Stopped
        times.append(t)
        states.append(leave(x).astype(np.float64))
    order = slice(None, None, -1 if solver.backward else 1)
    return np.array(times)[order], np.stack(states)[order]


def end_points(
    v: Field, x0: np.ndarray, solver: Solver | Accurate, stop: Stop = never, path: Path | None = None
) -> np.ndarray:
    """Z_1 (n, d), float64; Z_0 of x0 at t = 1 where the solver goes backward. Raises Stopped."""
    result: np.ndarray | float = x0
    for step in transport(v, x0, solver, path):
        result = step
        if stop():
            raise Stopped
    return result


def transport(
    v: Field, x0: np.ndarray, solver: Solver | Accurate = ACCURATE, path: Path | None = None
) -> Iterator[np.ndarray | float]:
    """Work in slices: yields the share done after each step, and Z_1 (n, d) float64 at the end.

    A stop that is heeded within a step takes the particles of this slice back to the last time of the accurate grid,
    or to their start with a solver on display; whoever comes back for the next share goes on from there. Raises
    Stopped where that is at once, with the stop still given.
    """
    for found in solver.settle(v, x0) if isinstance(solver, Accurate) else (solver,):
        if found is None:
            yield 0.0
        solver = found
    ends, rows, done, way = [], min(ROWS, v.rows), 0, None
    while done < len(x0):
        if way is None:
            size, share = min(rows, len(x0) - done), done / len(x0)
            way = solver.march(v, v.enter(x0[done : done + size]), path)
        try:
            for t, x in way:
                end, share = x, (done + (1 - t if solver.backward else t) * size) / len(x0)
                yield share
        except Stopped:
            if not isinstance(solver, Settled):  # a generator that has raised is at its end
                way, share = None, done / len(x0)
            yield share
            heed()
            continue
        ends.append(leave(end).astype(np.float64))
        done, way = done + size, None
    yield np.concatenate(ends) if ends else np.asarray(x0, dtype=np.float64)


def ladder(
    v: Field, x0: np.ndarray, solver: Solver, ns: Iterable[int], stop: Stop = never, path: Path | None = None
) -> dict[int, np.ndarray]:
    """|Zhat_1 - Z_1| of each particle (n,), by this solver with N steps, for each N, against ``ACCURATE``.

    Raises Stopped, and Wrong where the solver's grid or direction leaves N no choice.
    """
    if solver.backward:
        raise Wrong("solver.direction", "a ladder goes forward")
    right, found = end_points(v, x0, ACCURATE, stop), {}
    for n in ns:
        rung = replace(solver, steps=n)
        rung.check(x0.shape[1])
        found[n] = np.linalg.norm(end_points(v, x0, rung, stop, path) - right, axis=1)
    return found


@dataclass(frozen=True, eq=False)
class Flow:
    """Accurate trajectories: times (m,), states z and velocities v along them (m, n, d), float64.

    ``error``: estimated RMS error of Z_1. ``warning``: a sentence where the field is too sharp for this solver.
    """

    times: np.ndarray
    z: np.ndarray
    v: np.ndarray
    error: float = np.nan
    warning: str = ""

    def integral(self, f: np.ndarray) -> np.ndarray:
        """The integral over t of f (m, ...), by Simpson's rule on each pair of equal steps."""
        from scipy.integrate import simpson

        return simpson(f, x=self.times, axis=0)


def flow(v: Field, x0: np.ndarray, stop: Stop = never, solver: Solver = ACCURATE) -> Flow:
    """Trajectories of an accurate solver with the velocity at each node. Raises Stopped."""
    solver = settled(solver, v, x0, stop)
    times, z = trajectories(v, x0, solver, stop)
    along = [evaluate(v, x, t) for t, x in zip(times[:-1], z[:-1], strict=True)]
    if v.singular:  # no value at t = 1 itself; the last piece of the path is straight
        along.append((z[-1] - z[-2]) / (times[-1] - times[-2]))
    else:
        along.append(evaluate(v, z[-1], 1.0))
    warning = ""
    if getattr(solver, "short", False):
        warning = (
            f"This velocity is too sharp for {len(times) - 1:,} steps: the particles behind the figures end about "
            f"{solver.error:.2g} (root mean square) beside the exact flow."
        )
    return Flow(times, z, np.stack(along), getattr(solver, "error", np.nan), warning)
