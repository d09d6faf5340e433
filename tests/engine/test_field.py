"""What every velocity field can be asked beyond its velocity."""

from __future__ import annotations

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture
from engine.fields.closed import closed_form
from engine.fields.field import Given, evaluate
from engine.parts import Problem
from engine.paths.straight import Straight

MEANS = {1: ((-1.0,), (2.0,)), 2: ((-1.0, 0.5), (2.0, -1.0)), 3: ((-1.0, 0.5, 1.0), (2.0, -1.0, 0.0))}


def field(source, target, dim: int):
    x = np.zeros((2, dim))
    return closed_form(Problem(dim, 1, source, target, Independent(), Straight(), x, x))


def test_a_given_function_is_a_field() -> None:
    v = Given(lambda x, t: t * x, name="swelling")
    assert np.array_equal(evaluate(v, np.ones((3, 2), np.float32), 0.5), np.full((3, 2), 0.5))
    assert np.array_equal(evaluate(v, np.ones((2, 1)), np.array([[0.0], [1.0]])), [[0.0], [1.0]])
    assert v.name == "swelling" and not (v.closed or v.rough or v.singular) and v.score(np.ones((1, 1)), 0.5) is None
    with pytest.raises(NotImplementedError, match="swelling does not know"):
        v.spread(np.ones((1, 1)), 0.5)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_divergence_of_a_linear_field_is_its_trace(dim: int) -> None:
    a = np.random.default_rng(dim).standard_normal((dim, dim))
    x = np.random.default_rng(0).standard_normal((20, dim))
    v = Given(lambda x, t: t * (x @ a.T))
    np.testing.assert_allclose(v.divergence(x, 0.7), 0.7 * np.trace(a), rtol=1e-8)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("tied", [False, True])
def test_score_of_a_mixture_is_the_slope_of_its_log_density(dim: int, tied: bool) -> None:
    """By the identity v = (x + (1 - t) score)/t for N(0, 1) at the start, which no part of ``score`` uses."""
    target = GaussianMixture(means=MEANS[dim], stds=(0.6, 0.6), weights=(0.3, 0.7))
    if tied and dim > 1:
        target = Gaussian(mean=MEANS[dim][0], std=0.7, correlation=0.6)
    v, x = field(Gaussian(), target, dim), np.random.default_rng(1).standard_normal((50, dim))
    for t in (0.2, 0.5, 0.9):
        np.testing.assert_allclose(v.score(x, t), (t * v(x, t) - x) / (1 - t), rtol=1e-8, atol=1e-8)
