"""The net's own gradient against autograd, and how weights are laid out, drawn and copied."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.flow import evaluate
from engine.net import TILE, ZOOM, Net, build, gradient_views, shapes
from engine.parts import Problem
from engine.paths.straight import Straight
from engine.registry import kinds
from engine.velocities.mlp import MLP

ACTIVATIONS = {
    "silu": torch.nn.functional.silu,
    "tanh": torch.tanh,
    "gelu": torch.nn.functional.gelu,
    "relu": torch.relu,
}
SHAPES = [  # dim, width, depth, time features
    (1, 1, 1, 0),
    (2, 16, 3, 0),
    (2, 24, 2, 5),
    (3, 8, 5, 1),
]
CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


def problem(dim: int, n: int = 200) -> Problem:
    rng = np.random.default_rng(dim)
    x0, x1 = rng.normal(0.5, 1.5, (n, dim)), rng.normal(-2.0, 0.5, (n, dim))
    return Problem(dim, 1, Gaussian(), Gaussian(), Independent(), Straight(), x0, x1)


def net(dim: int, width: int, depth: int, features: int, activation: str = "silu", seed: int = 0) -> Net:
    part = MLP(width=width, depth=depth, activation=activation, time_features=features)
    return build(part, problem(dim), seed, "cpu")


def batch(dim: int, rows: int, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(rows)
    x, d = (torch.randn((rows, dim), generator=random, dtype=dtype) for _ in range(2))
    return x, torch.rand((rows, 1), generator=random, dtype=dtype), 3 * d


def forward(net: Net, flat: torch.Tensor, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """v(x, t) written anew: centred and scaled inputs, 2t - 1, sin and cos of k pi t, an MLP, scaled outputs."""
    dim, norm = net.dim, net.norm
    m0, m1, scale, out = norm[:dim], norm[dim : 2 * dim], norm[-2], norm[-1]
    k = torch.arange(1, net.part.time_features + 1, dtype=x.dtype)
    h = torch.cat(
        [(x - (1 - t) * m0 - t * m1) / scale, 2 * t - 1, torch.sin(k * math.pi * t), torch.cos(k * math.pi * t)], 1
    )
    sizes = [h.shape[1], *[net.part.width] * net.part.depth, dim]
    at = 0
    for layer, (inputs, outputs) in enumerate(pairwise(sizes)):
        w = flat[at : at + inputs * outputs].reshape(outputs, inputs)
        at += inputs * outputs
        h = h @ w.T + flat[at : at + outputs]
        at += outputs
        if layer < len(sizes) - 2:
            h = ACTIVATIONS[net.part.activation](h)
    assert at == len(flat)
    return out * h + m1 - m0


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_equals_autograd(activation: str, shape: tuple[int, int, int, int]) -> None:
    """float64, two tiles and a part of one; the gradient is that of loss / scale^2, the loss sums over coordinates."""
    mine = net(*shape, activation).double()
    x, t, d = batch(shape[0], 2 * TILE + 37)
    flat = mine.flat.clone().requires_grad_()
    loss = ((d - forward(mine, flat, x, t)) ** 2).sum(1).mean()
    loss.backward()
    gradient = torch.zeros_like(mine.flat)
    told = mine.gradient(x, t, d, gradient_views(mine, gradient))
    assert told.item() == pytest.approx(loss.item(), rel=1e-12)
    assert torch.allclose(gradient, flat.grad / mine.norm[-1] ** 2, rtol=1e-9, atol=1e-13)
    assert gradient.abs().min() > 0 or activation == "relu"
    assert torch.allclose(mine(x, t), forward(mine, mine.flat, x, t), rtol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("rows", [1, 1000])
def test_gradient_in_single_precision(activation: str, rows: int) -> None:
    """What training really uses, with its own product of matrices, against the same in float64."""
    single = net(2, 64, 3, 2, activation)
    double = single.double()
    found = []
    for mine, dtype in ((single, torch.float32), (double, torch.float64)):
        gradient = torch.zeros_like(mine.flat)
        loss = mine.gradient(*(a.to(dtype) for a in batch(2, rows)), gradient_views(mine, gradient))
        found.append((loss.item(), gradient.double()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert (found[0][1] - found[1][1]).norm() < 1e-4 * found[1][1].norm()


def test_gradient_is_added() -> None:
    mine = net(2, 8, 2, 0).double()
    x, t, d = batch(2, 50)
    once, twice = torch.zeros_like(mine.flat), torch.zeros_like(mine.flat)
    mine.gradient(x, t, d, gradient_views(mine, once))
    for _ in range(2):
        mine.gradient(x, t, d, gradient_views(mine, twice))
    assert torch.allclose(twice, 2 * once, rtol=1e-12)


def test_a_step_against_the_gradient_lowers_the_loss() -> None:
    mine = net(2, 16, 2, 0).double()
    x, t, d = batch(2, 500)
    gradient = torch.zeros_like(mine.flat)
    before = mine.gradient(x, t, d, gradient_views(mine, gradient))
    mine.flat.sub_(1e-3 * gradient)
    assert mine.gradient(x, t, d, gradient_views(mine, torch.zeros_like(gradient))) < before


# --- weights ---


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_flat_layout(shape: tuple[int, int, int, int]) -> None:
    """Layer by layer, weights (outputs, inputs) row by row, then biases; the layers are views."""
    mine = net(*shape)
    dim, width, depth, features = shape
    assert shapes(mine.part, dim) == [
        (width, dim + 1 + 2 * features),
        *[(width, width)] * (depth - 1),
        (dim, width),
    ]
    joined = torch.cat([piece.reshape(-1) for layer in mine.layers for piece in layer])
    assert torch.equal(joined, mine.flat) and mine.flat.dtype == torch.float32
    mine.flat.fill_(7.0)
    assert all((w == 7).all() and (b == 7).all() for w, b in mine.layers)


def test_fresh_weights_follow_from_the_seed_alone() -> None:
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = net(2, 16, 3, 0, seed=5)
    assert torch.equal(torch.get_rng_state(), state)  # nobody else's draws change
    torch.manual_seed(2)
    assert torch.equal(net(2, 16, 3, 0, seed=5).flat, first.flat)
    assert not torch.equal(net(2, 16, 3, 0, seed=6).flat, first.flat)


def test_fresh_weights_are_uniform_within_their_bound() -> None:
    for w, b in net(2, 100, 3, 0).layers:
        bound = 1 / math.sqrt(w.shape[1])
        assert 0.9 * bound < w.abs().max() <= bound and b.abs().max() <= bound
        assert w.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_other_weights_in_the_same_net() -> None:
    mine, other = net(2, 16, 2, 1), net(2, 16, 2, 1, seed=1)
    x, t, _ = batch(2, 30, torch.float32)
    moved = mine.at(other.flat)
    assert torch.equal(moved(x, t), other(x, t)) and not torch.equal(moved(x, t), mine(x, t))
    assert moved.flat is other.flat and moved.part == mine.part


def test_double_is_the_same_field() -> None:
    mine = net(3, 64, 3, 2)
    x, t, _ = batch(3, 100)
    double = mine.double()
    assert double.flat.dtype == torch.float64 and mine.flat.dtype == torch.float32
    assert torch.allclose(double(x, t).float(), mine(x.float(), t.float()), atol=1e-4)
    assert torch.allclose(double(x, t), forward(double, double.flat, x, t), rtol=1e-10)


def test_calls() -> None:
    """A number or a column as t, any number of rows, points from numpy; no gradients are recorded."""
    mine = net(2, 16, 2, 1)
    x, _, _ = batch(2, 2 * TILE + 5, torch.float32)
    v = mine(x, 0.3)
    assert v.shape == x.shape and not v.requires_grad and not mine.singular
    assert torch.allclose(v, mine(x, torch.full((len(x), 1), 0.3)), atol=1e-6)
    assert torch.allclose(v[-5:], mine(x[-5:], 0.3), atol=1e-6)
    assert mine(x[:0], 0.3).shape == (0, 2)
    found = evaluate(mine, x.numpy().astype(np.float64), 0.3)
    assert found.dtype == np.float64 and np.allclose(found, v.numpy(), atol=1e-6)
    column = evaluate(mine, x.numpy(), np.full((len(x), 1), 0.3))
    assert np.allclose(column, found, atol=1e-6)


def test_scales_come_from_the_pairs() -> None:
    given = problem(2)
    mine = build(MLP(width=8, depth=1), given, 0, "cpu")
    m0, m1, scale, out = mine.norm[:2].numpy(), mine.norm[2:4].numpy(), float(mine.norm[4]), float(mine.norm[5])
    assert np.allclose(m0, given.x0.mean(0)) and np.allclose(m1, given.x1.mean(0), atol=1e-6)
    assert scale == pytest.approx(math.sqrt((given.x0.var(0).mean() + given.x1.var(0).mean()) / 2) / ZOOM)
    assert out == pytest.approx(math.sqrt((given.x1 - given.x0).var(0).mean()))
    silent = mine.at(torch.zeros_like(mine.flat))
    assert np.allclose(silent(torch.zeros(3, 2), 0.5).numpy(), m1 - m0)  # no weights: the mean displacement


def test_pairs_at_rest_and_points_give_a_finite_net() -> None:
    """No spread at all: as if it were 1."""
    x = np.ones((10, 2))
    given = Problem(2, 1, Gaussian(), Gaussian(), Independent(), Straight(), x, x)
    mine = build(MLP(width=8, depth=1), given, 0, "cpu")
    assert mine.norm[-2:].tolist() == pytest.approx([1 / ZOOM, 1.0])
    assert torch.isfinite(mine(torch.ones(4, 2), 0.5)).all()


def test_learned_velocity_is_declared() -> None:
    part = kinds("velocities")["mlp"]()
    assert part.learns and isinstance(part.build(problem(2), 0, "cpu"), Net)


@CUDA
def test_gradient_on_the_gpu() -> None:
    part = MLP(width=64, depth=3, time_features=2)
    found = []
    for device in ("cpu", "cuda"):
        mine = build(part, problem(2), 0, device)
        gradient = torch.zeros_like(mine.flat)
        loss = mine.gradient(*(a.to(device) for a in batch(2, 3000, torch.float32)), gradient_views(mine, gradient))
        found.append((loss.item(), gradient.cpu()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-4)
    assert (found[0][1] - found[1][1]).norm() < 1e-3 * found[0][1].norm()
