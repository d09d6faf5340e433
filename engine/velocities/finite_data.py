"""The closed form for the drawn target points themselves."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.fields.affine import Affine
from engine.fields.closed import FINITE_MOST, FiniteField, check_path, on_path
from engine.fields.field import Field
from engine.fields.smoothed import SmoothedField
from engine.parts import Problem, Velocity, Wrong, knob
from engine.registry import part

SAME = 1e-6  # of the distance that pairs move: points this close are one point


@part
class FiniteData(Velocity, frozen=True, tag="finite data"):
    """v* for n points of the target, each smoothed by N(0, h^2 I); h = 0 fits them perfectly, singular at t = 1."""

    about = (
        "The closed form for n target points: a softmax over them, on every affine path. It reproduces exactly these "
        "points; with a bandwidth h > 0 it leads to N(x_i, h² I) around each of them."
    )
    rank = 20

    points: Annotated[int, knob("points", 1, FINITE_MOST, log=True, tip="How many of the pairs' target points.")] = 1000
    bandwidth: Annotated[
        float, knob("bandwidth h", 0.0, 100.0, tip="Each point becomes N(x_i, h² I); 0: the points themselves.")
    ] = 0.0

    def build(self, problem: Problem, seed: int, device: str) -> Field:
        p = problem.source.mixture(problem.dim)
        if p is None or p.flat.any():
            raise Wrong("velocity", "finite data needs a gaussian or a mixture with spread as source")
        if not (problem.coupling.independent and isinstance(problem.path, Affine)):
            raise Wrong("velocity", "finite data holds for an independent coupling on an affine path")
        points = np.asarray(problem.x1[: self.points], float)
        if problem.round > 1:
            moved = np.abs(problem.x1 - problem.x0).max()
            if self.bandwidth or np.ptp(points, axis=0).max() > SAME * moved:
                raise Wrong(
                    "velocity",
                    "finite data holds for the first round, except towards one point: later pairs are not independent; "
                    "choose kernel",
                )
            points = points[:1]
        check_path(problem)
        name = f"closed form of {len(points):,} data point{'' if len(points) == 1 else 's'}"
        if not self.bandwidth:
            return on_path(problem.path, FiniteField(p, points, name))
        name += f", smoothed by {self.bandwidth:g}"
        return on_path(problem.path, SmoothedField(p, points, self.bandwidth, name))
