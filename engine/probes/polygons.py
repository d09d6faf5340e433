"""What too few steps do: Euler polygons of several N over the accurate trajectories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import numpy as np

from engine.fields.field import Field, evaluate, leave
from engine.motion.accurate import Accurate
from engine.motion.flow import accurate
from engine.motion.stopping import Stop, never
from engine.parts import knob
from engine.probe import Probe, Subject
from engine.registry import part

KEPT = 65  # times of the accurate trajectories


@dataclass(frozen=True, eq=False)
class Polygons:
    """``times`` (m,) and ``z`` (m, n, d) of the accurate solver; for each N of ``steps`` the states of N Euler steps
    from the same starts, ``polygons[k]`` (N + 1, n, d), float32.

    ``error`` (k,): the root mean square of |Ẑ1 - Z1|, and ``spread`` (k,) its standard error. ``switched`` (k, n): who
    ends in another class of the target; None where it has no classes.
    """

    times: np.ndarray
    z: np.ndarray
    steps: tuple[int, ...]
    polygons: tuple[np.ndarray, ...]
    error: np.ndarray
    spread: np.ndarray
    switched: np.ndarray | None


@part
class EulerPolygons(Probe, frozen=True, tag="polygons"):
    """Euler with N equal steps against the accurate solution, particle by particle."""

    about = "Euler polygons of several N, and the accurate trajectories of the same starts."

    steps: Annotated[tuple[int, ...], knob("steps N", 1, 256, tip="Numbers of Euler steps.")] = (
        1,
        2,
        3,
        4,
        8,
        16,
        32,
        64,
    )
    count: Annotated[int, knob("particles", 2, 4096, log=True, tip="How many starts.")] = 400

    def applies(self, subject: Subject) -> bool:
        return subject.v is not None and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Polygons | None]:
        problem, v = subject.problem, subject.v
        x0, solver = problem.x0[: self.count], accurate(problem)
        for found in solver.settle(v, x0) if isinstance(solver, Accurate) else (solver,):
            if found is None:
                yield None
            solver = found
        times, states = [], []
        for t, z in solver.march(v, v.enter(x0), problem.path):
            times.append(t)
            states.append(leave(z).astype(np.float64))
            yield None
        polygons = yield from self._stepped(v, x0)
        end = states[-1]
        square = np.array([((made[-1] - end) ** 2).sum(1) for made in polygons])
        error = np.sqrt(square.mean(1))
        with np.errstate(divide="ignore", invalid="ignore"):  # the root of a mean, to first order
            spread = np.where(error > 0, square.std(1, ddof=1) / np.sqrt(square.shape[1]) / (2 * error), 0.0)
        law, dim = problem.target, problem.dim
        right = law.labels(end, dim)
        switched = None
        if right is not None and law.partition(dim)[1] > 1:
            switched = np.array([law.labels(made[-1], dim) != right for made in polygons])
        few = np.unique(np.linspace(0, len(times) - 1, KEPT).round().astype(int))
        yield Polygons(
            times=np.array(times)[few],
            z=np.stack(states)[few].astype(np.float32),
            steps=self.steps,
            polygons=tuple(made.astype(np.float32) for made in polygons),
            error=error,
            spread=spread,
            switched=switched,
        )

    def _stepped(self, v: Field, x0: np.ndarray) -> Iterator[None]:
        """The states (N + 1, n, d) of each N: at any time v is asked once by all that stop there, for a regression has
        to sort its pairs anew at each time."""
        made = [[x0.astype(np.float64)] for _ in self.steps]
        stops = {n: Fraction(1, n) for n in self.steps}
        for t in sorted({k * h for n, h in stops.items() for k in range(n)}):
            there = [(k, n) for k, n in enumerate(self.steps) if (t * n).denominator == 1]
            found = evaluate(v, np.concatenate([made[k][-1] for k, _ in there]), float(t))
            for (k, n), along in zip(there, np.split(found, len(there)), strict=True):
                made[k].append(made[k][-1] + along / n)
            yield None
        return [np.stack(each) for each in made]
