"""Simulating dZ/dt = v(Z, t), whatever the field computes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.parts import Array, Field, Path, Solver
from engine.solvers.rk4 import RK4

#: Reflow pairs and every figure come from this one solver, never from the one on display:
#: otherwise a one-step Euler demonstration would silently change the next round's data.
ACCURATE = RK4(steps=64)

ROWS = 16_384  # particles moved at once: bounds the memory, and how long a stop has to wait


Stop = Callable[[], bool]


class Stopped(Exception):
    """The work was told to stop; what is finished stays."""


def never() -> bool:
    return False


def enter(v: Field, x: np.ndarray) -> Array:
    """Points as the field wants them: a tensor on its device for a net, float64 otherwise."""
    return v.enter(x) if hasattr(v, "enter") else np.asarray(x, dtype=np.float64)


def leave(x: Array) -> np.ndarray:
    """Points as numpy again (a device sync on a GPU)."""
    return x if isinstance(x, np.ndarray) else x.detach().cpu().numpy()


def evaluate(v: Field, x: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """v(x, t) as float64 numpy; x (n, d), t a number or (n, 1)."""
    if hasattr(v, "enter") and not np.isscalar(t):
        t = v.enter(np.asarray(t))
    return leave(v(enter(v, x), t)).astype(np.float64)


def trajectories(
    v: Field, x0: np.ndarray, solver: Solver, stop: Stop = never, path: Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Times (m,), rising, and states (m, n, d), float64, at every node of the solver's grid. Raises Stopped.

    A backward solver starts from x0 at t = 1, which is then the last of the states.
    """
    times, states = [], []
    for t, x in solver.march(v, enter(v, x0), path):
        if stop():
            raise Stopped
        times.append(t)
        states.append(leave(x).astype(np.float64))
    order = slice(None, None, -1 if solver.backward else 1)
    return np.array(times)[order], np.stack(states)[order]


def end_points(v: Field, x0: np.ndarray, solver: Solver, stop: Stop = never) -> np.ndarray:
    """Z_1 (n, d), float64. Raises Stopped."""
    result: np.ndarray | float = x0
    for step in transport(v, x0, solver):
        result = step
        if stop():
            raise Stopped
    return result


def transport(v: Field, x0: np.ndarray, solver: Solver = ACCURATE) -> Iterator[np.ndarray | float]:
    """Work in slices: yields the share done after each step, and Z_1 (n, d) float64 at the end."""
    ends = []
    for start in range(0, len(x0), ROWS):
        x = enter(v, x0[start : start + ROWS])
        for t, z in solver.march(v, x):
            x = z
            yield (start + t * len(x)) / len(x0)
        ends.append(leave(x).astype(np.float64))
    yield np.concatenate(ends) if ends else np.asarray(x0, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Flow:
    """Accurate trajectories: times (m,), states z and velocities v along them (m, n, d), float64."""

    times: np.ndarray
    z: np.ndarray
    v: np.ndarray

    def integral(self, f: np.ndarray) -> np.ndarray:
        """The integral over t of f (m, ...), by Simpson's rule (trapezoid where the grid is uneven or odd)."""
        from scipy.integrate import simpson

        return simpson(f, x=self.times, axis=0)


def flow(v: Field, x0: np.ndarray, stop: Stop = never) -> Flow:
    """Trajectories of ``ACCURATE`` with the velocity at each node. Raises Stopped."""
    times, z = trajectories(v, x0, ACCURATE, stop)
    along = [evaluate(v, x, t) for t, x in zip(times[:-1], z[:-1], strict=True)]
    if getattr(v, "singular", False):  # no value at t = 1 itself; the last piece of the path is straight
        along.append((z[-1] - z[-2]) / (times[-1] - times[-2]))
    else:
        along.append(evaluate(v, z[-1], 1.0))
    return Flow(times, z, np.stack(along))
