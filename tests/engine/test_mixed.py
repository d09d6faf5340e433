"""Mixed precision: near float32, the same for any number of threads, and only where the device gains by it."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch

from engine import cores
from engine.learning import mixed
from engine.learning.gradient import Gradient
from engine.learning.net import Net, build
from engine.learning.trainee import Trainee
from engine.paths.straight import Straight
from engine.rounds.learning import Learning
from engine.spec import Training
from engine.velocities.mlp import MLP
from engine.velocities.residual import Residual
from tests.engine.test_net import ACTIVATIONS, batch, forward, net, problem

PARTS = [MLP(width=128, depth=3), MLP(width=24, depth=1), Residual(width=48, depth=2, expansion=2)]


@pytest.fixture(autouse=True)
def gains(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that gains by it, and any number of threads."""
    monkeypatch.setattr(mixed, "pays", lambda device: True)
    monkeypatch.setattr(cores, "_given", 1)


def gradient(of: Net, rows: int, threads: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    x, t, d = (a.float() for a in batch(2, rows))
    flat, rest = torch.full_like(of.flat, torch.nan), torch.full_like(d.T.contiguous(), torch.nan)
    Gradient(of, rows, flat, threads, mixed=True).into(rest, of.inputs(x, t), of.wanted(d).T, (3 * t**2 + 0.1).T)
    return flat, rest


@pytest.mark.parametrize("part", PARTS, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_is_near_that_of_autograd(activation: str, part: MLP) -> None:
    """bfloat16 rounds by 2^-9; several tiles and lanes, and none of the whole is lost."""
    rows = 2500
    mine = net(2, msgspec.structs.replace(part, activation=activation))
    x, t, d = batch(2, rows)
    exact = mine.double()
    flat = exact.flat.clone().requires_grad_()
    rest = (d - forward(exact, flat, x, t)) / exact.scale
    ((3 * t**2 + 0.1) * rest**2).sum(1).mean().backward()
    found, told = gradient(mine, rows)
    assert 1e-6 * flat.grad.norm() < (found - flat.grad).norm() < 1.5e-2 * flat.grad.norm()
    true = 2 / rows * -rest.detach().T
    assert (told - true).norm() < 1e-2 * true.norm()


def trained(precision: str, threads: int, steps: int = 60, **more: float) -> Trainee:
    cores.give(threads)
    given = problem(2, 500)
    training = Training(steps=steps, batch=1024, precision=precision, **more)
    of = Trainee(build(MLP(width=128, depth=2), given, 0, "cpu"), given.x0, given.x1, Straight(), training, 1, True)
    of.advance(steps)
    return of


def test_the_same_numbers_again_and_on_any_number_of_threads() -> None:
    one, *others = (trained("mixed", threads).state() for threads in (1, 1, 2, 4))
    for other in others:
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_it_learns_as_float32_does_and_with_weights_in_float32() -> None:
    single, half = trained("float32", 1), trained("mixed", 1)
    assert half.net.flat.dtype == torch.float32
    assert 0 < np.abs(single.losses[:, 1] - half.losses[:, 1]).max() < 0.02 * single.losses[0, 1]


def test_divergence_is_noticed() -> None:
    of = trained("mixed", 2, 500, rate=10.0)
    assert of.failed and np.isfinite(of.field().flat.numpy()).all()


def test_another_precision_goes_on_from_the_same_weights() -> None:
    of = trained("float32", 1, 25)
    before = of.net.flat.clone()
    of.adopt(Training(steps=50, batch=1024, precision="mixed"))
    assert torch.equal(of.net.flat, before)
    of.advance(25)
    assert of.step == 50 and not of.failed and not torch.equal(of.net.flat, before)


def test_where_nothing_is_gained_it_is_float32_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed, "pays", lambda device: False)
    single, asked = trained("float32", 1), trained("mixed", 1)
    assert torch.equal(single.net.flat, asked.net.flat)
    training = Training(precision="mixed")
    assert Learning(problem(2), training, None, None, asked).unmixed == mixed.NO_GAIN
    assert not Learning(problem(2), Training(), None, None, single).unmixed
    monkeypatch.setattr(mixed, "pays", lambda device: True)
    assert not Learning(problem(2), training, None, None, asked).unmixed


@pytest.mark.parametrize(
    ("vendor", "flags", "gains"),
    [
        ("AuthenticAMD", {"avx512_bf16"}, True),
        ("GenuineIntel", {"avx512_bf16"}, False),  # at half of float32's speed
        ("GenuineIntel", {"avx512_bf16", "amx_bf16"}, True),
        ("AuthenticAMD", {"avx2"}, False),
        ("", set(), False),
    ],
)
def test_the_rule(vendor: str, flags: set[str], gains: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(mixed, "vendor", lambda: vendor)
    monkeypatch.setattr(mixed, "_flags", lambda: frozenset(flags))
    assert mixed.pays("cpu") is gains
    assert mixed.used("mixed", "cpu") == ("mixed" if gains else "float32")
    assert mixed.used("float32", "cpu") == "float32" and mixed.used("mixed", "mps") == "float32"
