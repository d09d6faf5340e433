"""A net-free learner: least squares on random features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from engine.fields.field import Field
from engine.fields.random_features import fitting
from engine.matching.assignment import last
from engine.parts import Problem, Velocity, knob
from engine.registry import part


@part
class RandomFeatures(Velocity, frozen=True, tag="random features"):
    """The least-squares fit of dX_t on cosines of (X_t, t) with random frequencies: the minimum of the loss at once."""

    about = (
        "Linear regression of dX on cos(w·x + u t + b) with random w, u, b, and on x and 1 times polynomials in t, "
        "solved exactly by least squares: nothing is trained."
    )
    rank = 40

    features: Annotated[
        int, knob("features", 1, 2000, log=True, tip="Cosines; the fit's time grows with their square.")
    ] = 500
    scale: Annotated[
        float,
        knob("scale", 0.01, 100.0, log=True, tip="Length over which v may turn, in units of the clouds' spread."),
    ] = 0.25
    ridge: Annotated[
        float,
        knob("ridge", 1e-9, 1.0, log=True, tip="λ of the penalty λ|W|²; features have mean square 1."),
    ] = 1e-5

    def build(self, problem: Problem, seed: int, device: str) -> Field:
        return last(self.steps(problem, seed, device))

    def steps(self, problem: Problem, seed: int, device: str) -> Iterator[float | Field]:
        apart = problem.coupling.independent and problem.round == 1
        rng = np.random.default_rng(seed)
        given = (problem.path, problem.x0, problem.x1, self.features, self.scale, self.ridge, rng)
        return fitting(*given, apart=apart, at_start=problem.one_step)
