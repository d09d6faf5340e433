"""Ending a round early: how far v is from v* at fixed places, looked at now and then while it trains."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.evidence import mean
from engine.fields.field import Field, evaluate
from engine.parts import Problem

CHECK_EVERY = 250  # steps between two looks
PAIRS = 2048  # places, each at a time of its own: one in each of as many equal slices of [0, 1]


class EarlyStop:
    """The fit gap E|v - v*|² = L(v) - V over fixed pairs of the round at fixed times; v* is asked once."""

    def __init__(self, problem: Problem, truth: Field) -> None:
        self._problem, self._truth = problem, truth

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """X_t (n, d), t (n, 1) and v*(X_t, t) (n, d)."""
        problem, rng = self._problem, np.random.default_rng(0x9A11E)
        x0, x1 = problem.x0[:PAIRS], problem.x1[:PAIRS]
        t = ((rng.permutation(len(x0)) + rng.random(len(x0))) / len(x0))[:, None]
        xt, dxt = problem.path.at(x0, x1, t)
        if problem.path.noisy:
            xt, _ = problem.path.disturb(xt, dxt, t, rng.standard_normal(xt.shape))
        return xt, t, self._truth(xt, t)

    def gap(self, v: Field) -> Estimate:
        """The fit gap of v."""
        xt, t, right = self._places
        return mean(((evaluate(v, xt, t) - right) ** 2).sum(1))
