"""The closed form for the drawn target points themselves."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.closed import FINITE_MOST, FiniteField
from engine.parts import Field, Problem, Velocity, Wrong, knob
from engine.registry import part


@part
class FiniteData(Velocity, frozen=True, tag="finite data"):
    """v(x, t) = sum_i w_i (x_i - x) / (1 - t) over n points of the target: fits them perfectly, singular at t = 1."""

    about = "The closed form for n target points: a softmax over them. It reproduces exactly these points."
    rank = 20

    points: Annotated[int, knob("points", 1, FINITE_MOST, log=True, tip="How many of the pairs' target points.")] = 1000

    def build(self, problem: Problem, seed: int, device: str) -> Field:
        p = problem.source.mixture(problem.dim)
        if p is None or (p.stds == 0).any():
            raise Wrong("velocity", "finite data needs a gaussian or a mixture with spread as source")
        if problem.round > 1 or not (problem.coupling.independent and problem.path.straight):
            raise Wrong(
                "velocity", "finite data holds for the first round of an independent coupling on the straight path"
            )
        points = np.asarray(problem.x1[: self.points], float)
        return FiniteField(p, points, f"closed form of {len(points):,} data points")
