"""What a run has found, for people who compute: numpy arrays, figures, and velocities that can be asked."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec.structs import replace

from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.fields.field import Field, evaluate
from engine.lab import Lab
from engine.motion.flow import ONE_STEP, trajectories
from engine.parts import Path, Solver, Wrong
from engine.probes.weights import weights_of
from engine.registry import check_ranges
from engine.rounds.round import Round as Held
from engine.spec import Experiment
from engine.tree import Node
from engine.weights import as_onnx, as_safetensors
from engine.writing import write_atomically

Figure = Estimate | Mapping[float, Estimate]


@dataclass(frozen=True, eq=False)
class Round:
    """One finished round. All arrays are float64, and copies."""

    name: str  # "1", "2" on the trunk; "refreshed.1" on a branch
    x0: np.ndarray  # (n, d): the pairs that it was trained on
    x1: np.ndarray  # (n, d)
    z1: np.ndarray  # (n, d): where its flow takes x0; (0, d) where an interruption came first
    figures: Mapping[str, Figure]  # by the metric's kind; of a metric with a ladder {rung: Estimate}
    reference: Mapping[str, Figure]  # the same of the velocity beside it: the closed form, unless the spec says other
    losses: np.ndarray  # (k, 2): training step, mean loss since the last one
    warning: str  # what went wrong, in sentences: training that diverged, figures that failed
    _v: Field = field(repr=False)
    _solver: Solver = field(repr=False)
    _path: Path = field(repr=False)

    def __repr__(self) -> str:
        n, d = self.x0.shape
        figures = "".join(f", {k} {e.value:.4g}" for k, e in self.figures.items() if k in ("crossing", "straightness"))
        return f"<round {self.name}: {n:,} pairs in R^{d}, {self._v.name or 'velocity'}{figures}>"

    def v(self, x: Any, t: Any) -> np.ndarray:
        """The velocity, float64 in the shape of x: points x (n, d) or one point (d,), t a number, (n,) or (n, 1).

        Of a distilled round it means something at t = 0 alone. Raises Wrong for other shapes.
        """
        points = self._points("x", x)
        return evaluate(self._v, points, _times(t, len(points))).reshape(np.shape(x)) if len(points) else points

    def trajectories(self, x0: Any, steps: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Times (m,) and states (m, n, d), float64, from x0 (n, d) at t = 0; states (m, d) from one point (d,).

        By the experiment's solver, forward, in so many ``steps``; by one Euler step in a distilled round. Raises Wrong.
        """
        points, solver = self._points("x0", x0), self._solver
        if steps is not None:
            solver = solver.turned("steps", steps)
            if isinstance(steps, bool) or not isinstance(steps, int):
                raise Wrong("steps", f"{steps!r} is not a whole number")
            check_ranges(solver)
        times, z = trajectories(self._v, points, solver, path=self._path)
        return times, z.reshape(len(times), *np.shape(x0))

    def save(self, path: str | os.PathLike[str]) -> None:
        """The net's weights, .safetensors, or the whole velocity for other programs, .onnx. Raises Wrong."""
        path, found = pathlib.Path(path), weights_of(self._v)
        forms = {".safetensors": as_safetensors, ".onnx": as_onnx}
        if path.suffix.lower() not in forms:
            raise Wrong(path.name, f"is not the name of a net; end it in {' or '.join(forms)}")
        if found is None:
            raise Wrong(path.name, f"cannot be written: round {self.name} has no net")
        write_atomically(path, forms[path.suffix.lower()](found))

    def _points(self, name: str, x: Any) -> np.ndarray:
        x, d = _numbers(name, x), self.x0.shape[1]
        if x.ndim not in (1, 2) or x.shape[-1] != d:
            raise Wrong(name, f"has the shape {x.shape}; give points (n, {d}), or one point ({d},)")
        if not np.isfinite(x).all():
            raise Wrong(name, "holds numbers that are not finite")
        return x.reshape(-1, d)


@dataclass(frozen=True, eq=False)
class Result:
    """What an experiment came to. ``message`` says what is missing, if anything is."""

    experiment: Experiment
    rounds: Mapping[str, Round]  # by name, parents before children
    message: str = ""

    def __repr__(self) -> str:
        return f"<{len(self.rounds)} of {len(self.experiment.nodes())} rounds: {', '.join(self.rounds)}>"


class Following:
    """Looks at the Lab while it works: all that the library knows of how a Lab and its rounds are made."""

    def __init__(self, count: int, progress: Callable[[str], object] | None) -> None:
        self._lab: Lab | None = None
        self._count, self._progress, self._said = count, progress, ""

    def look(self, lab: Lab) -> None:
        """Called again and again between two pieces of work."""
        self._lab = lab
        words = f"round {max(1, len(lab.tree()))} of {self._count}: {lab.phase}"
        if self._progress is not None and words != self._said:
            self._said = words
            self._progress(words)

    @property
    def finished(self) -> bool:
        return bool(self.rounds())

    def rounds(self) -> dict[str, Round]:
        tree = self._lab.tree() if self._lab is not None else []
        solver = self._lab.experiment.solver if self._lab is not None else None
        return {node.name: _round(node, held, solver) for node, held in tree if held.v is not None}


def _round(node: Node, held: Held, solver: Solver) -> Round:
    """A round of the Lab as people see it."""
    problem = held.problem
    arrays = [problem.x0, problem.x1, held.z1 if held.z1 is not None else np.zeros((0, problem.dim))]
    return Round(
        node.name,
        *(np.array(x, dtype=np.float64) for x in arrays),
        figures=_by_kind(held.own.figures),
        reference=_by_kind(held.reference.own.figures),
        losses=np.array(held.learning.losses, dtype=np.float64),
        warning=" ".join(filter(None, (held.learning.warning, held.no_pairs, *held.own.figures.failed.values()))),
        _v=held.v,
        _solver=ONE_STEP if problem.one_step else replace(solver, direction="forward"),
        _path=problem.path,
    )


def _by_kind(figures: Figures) -> dict[str, Figure]:
    return {**figures.single, **{kind: dict(rungs) for kind, rungs in figures.ladders.items()}}


def _numbers(name: str, x: Any) -> np.ndarray:
    try:
        return np.array(x, dtype=np.float64)  # a copy: torch takes none that may not be written to
    except (TypeError, ValueError):
        raise Wrong(name, "is not an array of numbers") from None


def _times(t: Any, n: int) -> float | np.ndarray:
    """t as fields take it: a number, or (n, 1)."""
    t = _numbers("t", t)
    if t.shape not in ((), (n,), (n, 1)):
        raise Wrong("t", f"has the shape {t.shape}; give a number, ({n},) or ({n}, 1), one time for each point")
    if outside := t[~((t >= 0) & (t <= 1))].tolist():
        raise Wrong("t", f"{outside[0]:g} is not between 0 and 1")
    return float(t) if t.shape == () else t.reshape(n, 1)
