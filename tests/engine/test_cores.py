"""Training on several cores: the same numbers for any number of threads, and how many there are."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch

from engine import cores
from engine.learning.crew import together
from engine.learning.gradient import Gradient, lanes
from engine.learning.net import Net, build
from engine.learning.trainee import Trainee
from engine.motion.stopping import Stopped, heed, heeding
from engine.parts import Wrong
from engine.paths.straight import Straight
from engine.spec import Training
from engine.velocities.mlp import MLP
from engine.velocities.residual import Residual
from tests.engine.test_net import batch, forward, net, problem

CASES = [(MLP(width=128, depth=3), 1000), (Residual(width=64, depth=2, expansion=2), 2061)]


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "_given", None)


def gradient(of: Net, rows: int, threads: int, weighted: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    x, t, d = (a.to(of.flat.dtype) for a in batch(2, rows))
    flat, rest = torch.full_like(of.flat, torch.nan), torch.full_like(d.T.contiguous(), torch.nan)
    w = (3 * t**2 + 0.1).T if weighted else None
    Gradient(of, rows, flat, threads).into(rest, of.inputs(x, t), of.wanted(d).T, w)
    return flat, rest


@pytest.mark.parametrize(("part", "rows"), CASES, ids=str)
def test_gradient_of_several_lanes_equals_autograd(part: MLP, rows: int) -> None:
    mine = net(2, part).double()
    assert len(lanes(len(mine.flat), rows)) > 1
    x, t, d = batch(2, rows)
    flat = mine.flat.clone().requires_grad_()
    with torch.enable_grad():
        rest = (d - forward(mine, flat, x, t)) / mine.scale
        ((3 * t**2 + 0.1) * rest**2).sum(1).mean().backward()
    found, told = gradient(mine, rows, 2, weighted=True)
    assert (found - flat.grad).norm() < 1e-12 * flat.grad.norm()
    assert torch.allclose(told, -2 / rows * rest.detach().T, atol=1e-12)


@pytest.mark.parametrize(("part", "rows"), CASES, ids=str)
def test_any_number_of_threads_gives_the_same_gradient(part: MLP, rows: int) -> None:
    one, *others = (gradient(net(2, part), rows, threads) for threads in (1, 2, 4))
    for other in others:
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def trained(threads: int, steps: int = 30) -> dict[str, np.ndarray]:
    cores.give(threads)
    given = problem(2, 500)
    training = Training(steps=steps, batch=1024, times="u-shaped")
    of = Trainee(build(MLP(), given, 0, "cpu"), given.x0, given.x1, Straight(), training, 1, True)
    of.advance(steps)
    return of.state()


def test_any_number_of_threads_trains_the_same_net() -> None:
    one, *others = map(trained, (1, 2, 4, 2))
    for other in others:
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_divergence_is_noticed_on_several_threads() -> None:
    cores.give(2)
    given = problem(2, 500)
    training = Training(steps=500, batch=1024, rate=10.0)
    of = Trainee(build(MLP(), given, 0, "cpu"), given.x0, given.x1, Straight(), training, 1, True)
    of.advance(500)
    assert of.failed and np.isfinite(of.field().flat.numpy()).all()


def test_lanes_cover_the_rows_once_and_follow_from_net_and_batch() -> None:
    for weights, rows in ((10, 1), (8_000, 256), (33_000, 1000), (33_000, 4096), (200_000, 50_001), (2**26, 10**6)):
        cut = lanes(weights, rows)
        assert [k for way in cut for k in (way.start, way.stop)][1:-1:2] == [way.start for way in cut[1:]]
        assert (cut[0].start, cut[-1].stop) == (0, rows)
    assert len(lanes(8_000, 256)) == 1  # a second thread does not pay
    assert len(lanes(2**26, 10**6)) == 1  # nor would its memory


def test_a_stop_ends_all_threads_and_each_piece_is_done_once() -> None:
    asked, done = threading.Event(), []

    def hand(k: int) -> None:
        if k == 3:
            asked.set()
        heed()
        done.append(k)

    with heeding(asked.is_set), pytest.raises(Stopped):
        together([hand, hand], 1000)
    assert len(done) == len(set(done)) < 1000
    together([hand, hand, hand], 40)
    assert sorted(done[-40:]) == list(range(40))


def test_what_a_thread_raises_is_raised() -> None:
    def broken(k: int) -> None:
        time.sleep(0.01)
        if threading.current_thread().name == "training":
            raise MemoryError("none left")

    with pytest.raises(MemoryError, match="none left"):
        together([broken, broken], 10)


def test_the_window_leaves_one_core_and_a_sweep_shares_them_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cores.VARIABLE, raising=False)
    monkeypatch.setattr(cores, "_given", None)
    monkeypatch.setattr(cores, "physical", lambda: 6)
    assert (cores.give(None), cores.give(None, watched=True), cores.give(3), cores.given()) == (6, 5, 3, 3)
    monkeypatch.setenv(cores.VARIABLE, "2")
    assert (cores.give(None), cores.give(4)) == (2, 4)
    monkeypatch.setattr(cores, "physical", lambda: 1)
    monkeypatch.delenv(cores.VARIABLE)
    assert cores.give(None, watched=True) == 1
    for wrong in (0, -1):
        with pytest.raises(Wrong, match="threads"):
            cores.give(wrong)


def test_physical_cores_are_counted() -> None:
    assert cores.physical() >= 1
