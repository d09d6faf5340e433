"""The net's own gradient against autograd, and how weights are laid out, drawn and copied."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
import torch

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.fields.field import evaluate
from engine.learning.gradient import Gradient
from engine.learning.net import TILE, ZOOM, Net, build, restored, shapes
from engine.learning.product import OneDNN, Plain, product
from engine.parts import Problem, Wrong
from engine.paths.straight import Straight
from engine.registry import kinds
from engine.velocities.mlp import MLP
from engine.velocities.residual import Residual

ACTIVATIONS = {
    "silu": torch.nn.functional.silu,
    "tanh": torch.tanh,
    "gelu": torch.nn.functional.gelu,
    "relu": torch.relu,
    "selu": torch.nn.functional.selu,
}
NETS = [  # dimension and part
    (1, MLP(width=1, depth=1)),
    (2, MLP(width=16, depth=3)),
    (2, MLP(width=24, depth=2, time_features=5)),
    (3, MLP(width=8, depth=5, time_features=1, fourier=4)),
    (2, Residual(width=16, depth=1)),
    (1, Residual(width=8, depth=3, time_features=2, fourier=2)),
    (2, Residual(width=6, depth=2, expansion=3)),
    (3, Residual(width=8, depth=2, expansion=4, linear_stream=True, time_features=1)),
    (2, Residual(width=16, depth=2, linear_stream=True)),
]
CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


def problem(dim: int, n: int = 200) -> Problem:
    rng = np.random.default_rng(dim)
    x0, x1 = rng.normal(0.5, 1.5, (n, dim)), rng.normal(-2.0, 0.5, (n, dim))
    return Problem(dim, 1, Gaussian(), Gaussian(), Independent(), Straight(), x0, x1)


def net(dim: int, part: MLP, seed: int = 0, device: str = "cpu") -> Net:
    """As built, but with no weight at zero: blocks close with zeros, which hide mistakes."""
    found = build(part, problem(dim), seed, device)
    random = torch.Generator().manual_seed(seed)
    found.flat += 0.1 * torch.randn(len(found.flat), generator=random).to(device)
    return found


def batch(dim: int, rows: int, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(rows)
    x, d = (torch.randn((rows, dim), generator=random, dtype=dtype) for _ in range(2))
    return x, torch.rand((rows, 1), generator=random, dtype=dtype), 3 * d


def gradient(
    of: Net, x: torch.Tensor, t: torch.Tensor, d: torch.Tensor, w: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradient of the mean of w |d - v|^2 / scale^2, and d - v; the memory is full of garbage before."""
    flat, rest = torch.full_like(of.flat, math.nan), torch.full_like(d.T.contiguous(), math.nan)
    made = Gradient(of, len(x), flat)
    made.into(rest, of.inputs(x, t), of.wanted(d).T, None if w is None else w.T)
    return flat, -rest.T * of.scale / made.scale


def forward(net: Net, flat: torch.Tensor, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """v(x, t) written anew: centred and scaled inputs, 2t - 1, features, the layers, scaled outputs."""
    part, dim, norm = net.part, net.dim, net.norm
    m0, m1, scale, out = norm[:dim], norm[dim : 2 * dim], norm[-2], norm[-1]
    k = torch.arange(1, part.time_features + 1, dtype=x.dtype)
    u = (x - (1 - t) * m0 - t * m1) / scale
    columns = [u, 2 * t - 1, torch.sin(k * math.pi * t), torch.cos(k * math.pi * t)]
    if part.fourier:
        angle = 2 * math.pi * (u / ZOOM)[:, None, :].mul(net.fourier).sum(2)
        columns += [torch.sin(angle), torch.cos(angle)]
    act, at = ACTIVATIONS[part.activation], 0

    def layer(h: torch.Tensor, outputs: int) -> torch.Tensor:
        nonlocal at
        inputs = h.shape[1]
        block = flat[at : at + (inputs + 1) * outputs]
        at += len(block)
        block = block.reshape(outputs, inputs + 1).T if at == len(flat) else block.reshape(inputs + 1, outputs)
        return torch.cat([h, torch.ones_like(t)], 1) @ block

    def stream(a: torch.Tensor) -> torch.Tensor:
        return a if isinstance(part, Residual) and part.linear_stream else act(a)

    a = layer(torch.cat(columns, 1), part.width)
    if isinstance(part, Residual):
        for _ in range(part.depth):
            a = a + layer(act(layer(stream(a), part.expansion * part.width)), part.width)
    else:
        for _ in range(part.depth - 1):
            a = layer(act(a), part.width)
    result = out * layer(stream(a), dim) + m1 - m0
    assert at == len(flat)
    return result


@pytest.mark.parametrize("case", NETS, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient_equals_autograd(activation: str, case: tuple[int, MLP], weighted: bool) -> None:
    """float64, two tiles and a part of one; the loss sums over coordinates and is in units of the output scale."""
    mine = net(case[0], msgspec.structs.replace(case[1], activation=activation)).double()
    x, t, d = batch(case[0], 2 * TILE + 37)
    w = 3 * t**2 + 0.1 if weighted else None
    flat = mine.flat.clone().requires_grad_()
    rest = (d - forward(mine, flat, x, t)) / mine.scale
    ((1 if w is None else w) * rest**2).sum(1).mean().backward()
    found, told = gradient(mine, x, t, d, w)
    assert (found - flat.grad).norm() < 1e-12 * flat.grad.norm()
    assert torch.allclose(told, rest.detach() * mine.scale, rtol=1e-10, atol=1e-12)
    assert found.abs().min() > 0 or activation == "relu"
    assert torch.allclose(mine(x, t), forward(mine, mine.flat, x, t), rtol=1e-10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("rows", [1, 1000])
@pytest.mark.parametrize("kind", [MLP, Residual])
def test_gradient_in_single_precision(activation: str, rows: int, kind: type[MLP]) -> None:
    """What training really uses, with its own product of matrices, against the same in float64."""
    single = net(2, kind(width=64, depth=3, time_features=2, activation=activation))
    found, told = gradient(single, *(a.float() for a in batch(2, rows)))
    true, really = gradient(single.double(), *batch(2, rows))
    assert (found.double() - true).norm() < 3e-6 * true.norm()
    assert torch.allclose(told.double(), really, atol=1e-5)


@pytest.mark.parametrize("rows", [64, 1500])
def test_products_by_onednn(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other processors use: the same gradient and the same field to rounding."""
    part = Residual(width=64, depth=2)
    x, t, d = batch(2, rows, torch.float32)
    plain, field = gradient(net(2, part), x, t, d)[0], net(2, part)(x, t)
    monkeypatch.setattr("engine.learning.product.vendor", lambda: "AuthenticAMD")
    mine = net(2, part)
    assert product(mine.flat) is OneDNN and product(mine.double().flat) is Plain
    assert (gradient(mine, x, t, d)[0] - plain).norm() < 3e-6 * plain.norm()
    assert torch.allclose(mine(x, t), field, atol=1e-5)


def test_gradient_of_fresh_weights_twice() -> None:
    """Memory is used again: a second batch leaves nothing of the first."""
    mine = net(2, Residual(width=8, depth=2)).double()
    flat, rest = torch.empty_like(mine.flat), torch.empty(2, 50, dtype=torch.float64)
    made = Gradient(mine, 50, flat)
    for rows in (batch(2, 60), batch(2, 50)):
        x, t, d = (a[:50] for a in rows)
        made.into(rest, mine.inputs(x, t), mine.wanted(d).T, None)
    assert torch.equal(flat, gradient(mine, *batch(2, 50))[0])


def test_a_step_against_the_gradient_lowers_the_loss() -> None:
    mine = net(2, MLP(width=16, depth=2)).double()
    x, t, d = batch(2, 500)
    found, before = gradient(mine, x, t, d)
    mine.flat.sub_(1e-3 * found)
    assert gradient(mine, x, t, d)[1].square().sum() < before.square().sum()


# --- weights ---

FOURIER = MLP(width=16, depth=3, fourier=6)


@pytest.mark.parametrize("case", NETS, ids=str)
def test_flat_layout(case: tuple[int, MLP]) -> None:
    """Layer by layer, the weights of one input after another, then the biases; the last layer one output
    after another, each with its bias; the layers are views."""
    dim, part = case
    mine = net(dim, part)
    hidden = 1 + 2 * part.depth if isinstance(part, Residual) else part.depth
    inner = part.width * (part.expansion if isinstance(part, Residual) else 1)
    assert shapes(mine.part, dim) == [
        (part.width, dim + 1 + 2 * part.time_features + 2 * part.fourier),
        *[(inner, part.width), (part.width, inner)] * ((hidden - 1) // 2),
        *[(part.width, part.width)] * ((hidden - 1) % 2),
        (dim, part.width),
    ]
    *rest, (w, b) = mine.layers
    joined = torch.cat(
        [*(piece.reshape(-1) for w, b in rest for piece in (w.T, b)), torch.cat([w, b[:, None]], 1).reshape(-1)]
    )
    assert torch.equal(joined, mine.flat) and mine.flat.dtype == torch.float32
    assert [tuple(w.shape) for w, _ in mine.layers] == shapes(mine.part, dim)
    mine.flat.fill_(7.0)
    assert all((w == 7).all() and (b == 7).all() for w, b in mine.layers)


def test_fresh_weights_follow_from_the_seed_alone() -> None:
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = net(2, FOURIER, seed=5)
    assert torch.equal(torch.get_rng_state(), state)  # nobody else's draws change
    torch.manual_seed(2)
    again = net(2, FOURIER, seed=5)
    assert torch.equal(again.flat, first.flat) and torch.equal(again.fourier, first.fourier)
    assert not torch.equal(net(2, FOURIER, seed=6).fourier, first.fourier)
    assert not torch.equal(net(2, FOURIER, seed=6).flat, first.flat)


def test_fresh_weights_are_uniform_within_their_bound() -> None:
    for w, b in build(MLP(width=100, depth=3), problem(2), 0, "cpu").layers:
        bound = 1 / math.sqrt(w.shape[1])
        assert 0.9 * bound < w.abs().max() <= bound and b.abs().max() <= bound
        assert w.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_other_weights_in_the_same_net() -> None:
    mine = net(2, FOURIER)
    other = build(FOURIER, problem(2), 0, "cpu").at(net(2, FOURIER, seed=1).flat)
    x, t, _ = batch(2, 30, torch.float32)
    moved = mine.at(other.flat)
    assert torch.equal(moved(x, t), other(x, t)) and not torch.equal(moved(x, t), mine(x, t))
    assert moved.flat is other.flat and moved.part == mine.part


def test_double_is_the_same_field() -> None:
    mine = net(3, MLP(width=64, depth=3, time_features=2, fourier=5))
    x, t, _ = batch(3, 100)
    double = mine.double()
    assert double.flat.dtype == torch.float64 and mine.flat.dtype == torch.float32
    assert torch.allclose(double(x, t).float(), mine(x.float(), t.float()), atol=1e-4)
    assert torch.allclose(double(x, t), forward(double, double.flat, x, t), rtol=1e-10)


def test_calls() -> None:
    """A number or a column as t, any number of rows, points from numpy; no gradients are recorded."""
    mine = net(2, FOURIER)
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


def test_frequencies_are_gaussian_of_their_scale() -> None:
    found = build(MLP(width=8, depth=1, fourier=500, fourier_scale=2.0), problem(3), 0, "cpu").fourier
    assert found.shape == (500, 3)
    assert found.std().item() == pytest.approx(2.0, rel=0.06) and abs(found.mean().item()) < 0.2
    assert build(MLP(), problem(2), 0, "cpu").fourier is None


def test_residual_blocks_start_as_identity() -> None:
    """Three fresh blocks give what a net without their inner layers gives."""
    fresh = build(Residual(width=16, depth=3), problem(2), 0, "cpu")
    x, t, _ = batch(2, 40, torch.float32)
    first, last = fresh.matrices[0], fresh.matrices[-1]
    a = torch.nn.functional.silu(fresh.inputs(x, t).T @ first)
    assert torch.allclose(fresh(x, t), (a @ last[:-1] + last[-1]) * fresh.scale + fresh.shift, atol=1e-5)
    assert [not w.any() for w, _ in fresh.layers] == [False, False, True, False, True, False, True, False]


@pytest.mark.parametrize("part", [FOURIER, Residual(width=8, depth=2)], ids=str)
def test_restart_from_the_previous_round(part: MLP) -> None:
    """The same field to the last bit, though the new round's pairs have other scales; and a copy."""
    previous = net(2, part)
    given = problem(2)
    moved = Problem(2, 2, given.source, given.target, given.coupling, given.path, given.x0 + 1, 3 * given.x1)
    warm = build(part, moved, 1, "cpu").restarted_from(previous)
    x, t, _ = batch(2, 40, torch.float32)
    assert torch.equal(warm(x, t), previous(x, t))
    before = previous.flat.clone()
    warm.flat.zero_()
    assert torch.equal(previous.flat, before)
    with pytest.raises(Wrong, match="warm"):
        net(2, msgspec.structs.replace(part, width=9)).restarted_from(previous)


@pytest.mark.parametrize("case", NETS, ids=str)
def test_restored_from_its_tensors(case: tuple[int, MLP]) -> None:
    dim, part = case
    mine = net(dim, part)
    tensors = mine.tensors()
    assert ("fourier" in tensors) == bool(part.fourier) and all(a.is_contiguous() for a in tensors.values())
    x, t, _ = batch(dim, 20, torch.float32)
    again = restored(part, tensors)
    assert torch.equal(again.flat, mine.flat) and torch.equal(again(x, t), mine(x, t))


@pytest.mark.parametrize("kind", ["mlp", "residual"])
def test_learned_velocity_is_declared(kind: str) -> None:
    part = kinds("velocities")[kind]()
    assert part.learns and isinstance(part.build(problem(2), 0, "cpu"), Net)


@CUDA
def test_gradient_on_the_gpu() -> None:
    part = Residual(width=64, depth=2, time_features=2, fourier=8)
    found = []
    for device in ("cpu", "cuda"):
        mine = net(2, part, device=device)
        flat, rest = gradient(mine, *(a.to(device) for a in batch(2, 3000, torch.float32)))
        found.append((flat.cpu(), rest.cpu()))
    assert (found[0][0] - found[1][0]).norm() < 1e-3 * found[0][0].norm()
    assert torch.allclose(found[0][1], found[1][1], atol=1e-3)
