"""Assignments of many points by few of their entries: the same plans as by the whole matrix, or none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine import cores
from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.evidence.evidence import assignment_cost, assignment_costs
from engine.fields.field import evaluate
from engine.learning.net import ACTIVATION, OVER, build
from engine.learning.product import Plain, product
from engine.matching import sparse
from engine.matching.assignment import costs
from engine.matching.simplex import assigned
from engine.parts import Problem
from engine.paths.straight import Straight
from engine.velocities.mlp import MLP


def two_modes(rng: np.random.Generator, n: int, dim: int) -> np.ndarray:
    return rng.standard_normal((n, dim)) * 0.3 + np.where(rng.random((n, 1)) < 0.5, -4.0, 4.0)


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("apart", ["equal laws", "far apart"])
def test_the_plan_is_the_one_of_the_whole_matrix(dim: int, apart: str) -> None:
    rng = np.random.default_rng(dim)
    x, y = two_modes(rng, 700, dim), two_modes(rng, 700, dim)
    if apart == "far apart":
        y = rng.standard_normal((700, dim))
    x, y = x - x.mean(0), y - y.mean(0)
    found = sparse.partners(x, y)
    right, u, v = assigned(costs(x, y)[0])
    assert sorted(found) == list(range(700))
    assert ((y[found] - x) ** 2).sum() == pytest.approx(u.sum() + v.sum(), rel=1e-9)
    np.testing.assert_array_equal(found, right)


def test_the_duals_prove_it() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((800, 2)), two_modes(rng, 800, 2)
    partner, u, v = sparse.solved(x, y)
    reduced = ((x[:, None] - y) ** 2).sum(-1) - u[:, None] - v
    assert reduced.min() > -1e-9
    assert np.abs(reduced[np.arange(800), partner]).max() < 1e-6


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("size", [1.0, 1e3, 1e7])
def test_a_sweep_in_float32_finds_the_exact_duals(dim: int, size: float) -> None:
    """With an outlier beside which float32 could not tell them, too: the search tree does then."""
    rng = np.random.default_rng(11)
    x, y = rng.standard_normal((640, dim)), two_modes(rng, 640, dim)
    x[0], v = size, rng.standard_normal(640)
    whole = ((x[:, None] - y) ** 2).sum(-1) - v
    u, entries = sparse._missed(x, y, v, 0.5)
    np.testing.assert_allclose(u, whole.min(1), rtol=0, atol=1e-14 * size**2 + 1e-12)
    if size == 1.0:
        within = whole <= whole.min(1, keepdims=True) + 0.5
        assert set(np.flatnonzero(within)) - set(entries) == set() or len(entries) == sparse.MORE * 640


@pytest.mark.parametrize("n", [4, 5, 700, 1023])
def test_cells_hold_four_points_each(n: int) -> None:
    x = np.random.default_rng(n).standard_normal((n, 2))
    cells, means = sparse._cells(x)
    assert sorted(cells.ravel()) == list(range(n // 4 * 4))
    np.testing.assert_allclose(means.mean(0), x[: n // 4 * 4].mean(0), atol=1e-12)
    if n > 16:  # neighbours, not any four
        assert means.std() > 0.8 * x.std()


def test_a_known_map_is_found() -> None:
    """A shift and a scale is the gradient of a convex function: no other pairing is cheaper."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((900, 2))
    shuffled = rng.permutation(900)
    np.testing.assert_array_equal(sparse.partners(x, (1.5 * x)[shuffled]), np.argsort(shuffled))


def test_where_rounding_hides_the_proof_there_is_none() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((600, 2)), rng.standard_normal((600, 2))
    x[0] = 1e8
    assert sparse.partners(x, y) is None


def test_points_that_coincide_end() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 3, (600, 2)).astype(float), rng.integers(0, 3, (600, 2)).astype(float)
    found = sparse.partners(x, y)
    if found is not None:
        right = assigned(costs(x, y)[0])[0]
        assert ((y[found] - x) ** 2).sum() == pytest.approx(((y[right] - x) ** 2).sum(), abs=1e-6)


@pytest.mark.parametrize("dim", [1, 2])
def test_points_that_are_all_at_one_place_are_matched(dim: int) -> None:
    """What a flow to a single point ends in, about its mean: there is nothing to round."""
    nothing = np.zeros((700, dim))
    assert sorted(sparse.partners(nothing, nothing)) == list(range(700))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_figures_are_the_same_for_any_number_of_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    clouds = [(rng.standard_normal((300, 2)), two_modes(rng, 300, 2)) for _ in range(5)]
    right = [assignment_cost(*each) for each in clouds]
    monkeypatch.setattr(cores, "_given", threads)
    assert assignment_costs(clouds) == right


def test_a_net_is_the_same_for_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((5000, 2))
    problem = Problem(2, 1, Gaussian(), Gaussian(), Independent(), Straight(), x, x + 1.0)
    net, found = build(MLP(), problem, 0, "cpu"), []
    for threads in (1, 2, 4):
        monkeypatch.setattr(cores, "_given", threads)
        found.append(evaluate(net, x, 0.3))
    assert all((each == found[0]).all() for each in found)
    np.testing.assert_array_equal(evaluate(net, x[1024:2048], 0.3), found[0][1024:2048])


@pytest.mark.parametrize("activation", list(ACTIVATION))
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_memory_that_stays_changes_no_number(activation: str, depth: int) -> None:
    """As layers that make their own give it, for whole tiles, a part of one, one row and none; in float64 too."""
    rng = np.random.default_rng(6)
    x = rng.standard_normal((1500, 2))
    problem = Problem(2, 1, Gaussian(), Gaussian(), Independent(), Straight(), x, x + 1.0)
    net = build(MLP(width=24, depth=depth, activation=activation), problem, 3, "cpu")
    for v in (net, net.double()):
        assert bool(v._memory(4)) == (activation in OVER and product(v.flat) is Plain)
        for n in (1500, 1024, 300, 1, 0):
            at, t = v.enter(x[:n]), torch.full((n, 1), 0.4, dtype=v.flat.dtype)
            with torch.no_grad():
                right = torch.cat(
                    [v._forward(at[k : k + 1024], t[k : k + 1024], []) for k in range(0, max(n, 1), 1024)]
                )
            assert torch.equal(v(at, 0.4), right)
