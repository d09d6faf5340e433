"""Training: what it depends on, what it keeps, when it gives up."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
import torch

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.flow import evaluate
from engine.net import build
from engine.parts import Array, Problem
from engine.paths.straight import Straight
from engine.spec import Training
from engine.trainee import EVERY, Trainee
from engine.velocities.mlp import MLP

SMALL = Training(steps=60, batch=32, rate=1e-3, schedule="constant")
TINY = MLP(width=8, depth=2)
CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


def gaussians(n: int = 500, dim: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, dim)), rng.standard_normal((n, dim))


def trainee(
    training: Training = SMALL,
    pairs: tuple[np.ndarray, np.ndarray] | None = None,
    seed: int = 1,
    apart: bool = True,
    part: MLP = TINY,
    path: object = Straight(),
    device: str = "cpu",
) -> Trainee:
    x0, x1 = pairs or gaussians()
    problem = Problem(x0.shape[1], 1, Gaussian(), Gaussian(), Independent(), Straight(), x0, x1)
    return Trainee(build(part, problem, 0, device), x0, x1, path, training, seed, apart)


def weights(of: Trainee) -> bytes:
    return of.field().flat.cpu().numpy().tobytes()


def to_the_end(of: Trainee, steps: int = 10**9) -> Trainee:
    while not of.done:
        of.advance(steps)
    return of


def loss_on(x0: np.ndarray, x1: np.ndarray, of: Trainee) -> float:
    """L(v) on fresh pairs, one random t each."""
    t = np.random.default_rng(7).random((len(x0), 1))
    return float(((x1 - x0 - evaluate(of.field(), x0 + t * (x1 - x0), t)) ** 2).sum(1).mean())


@pytest.mark.parametrize("slices", [1, 7, 25, 40])
def test_slices_do_not_change_a_bit(slices: int) -> None:
    whole, cut = to_the_end(trainee()), to_the_end(trainee(), slices)
    assert weights(cut) == weights(whole)
    assert cut.losses == whole.losses and cut.step == 60


@pytest.mark.parametrize("other", ["seed", "apart", "batch", "rate", "ema", "pairs"])
def test_everything_else_does(other: str) -> None:
    rng = np.random.default_rng(9)
    changed = {
        "seed": {"seed": 2},
        "apart": {"apart": False},
        "batch": {"training": msgspec.structs.replace(SMALL, batch=33)},
        "rate": {"training": msgspec.structs.replace(SMALL, rate=2e-3)},
        "ema": {"training": msgspec.structs.replace(SMALL, ema=0.5)},
        "pairs": {"pairs": (rng.standard_normal((500, 2)), rng.standard_normal((500, 2)))},
    }
    assert weights(to_the_end(trainee(**changed[other]))) != weights(to_the_end(trainee()))


def test_other_random_numbers_do_not_interfere() -> None:
    torch.manual_seed(0)
    first = weights(to_the_end(trainee()))
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert weights(to_the_end(trainee())) == first
    assert torch.equal(torch.get_rng_state(), state)


class Seen:
    """The straight path, which remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []

    def at(self, x0: Array, x1: Array, t: Array) -> tuple[Array, Array]:
        if isinstance(t, torch.Tensor):  # a batch, not a look at one time
            self.asked.append((x0.clone(), x1.clone(), t.clone()))
        return Straight().at(x0, x1, t)


@pytest.mark.parametrize("apart", [True, False])
def test_ends_are_drawn_apart_or_together(apart: bool) -> None:
    """Row i holds i at the start and partner[i] at the end: ends that were drawn together are partners."""
    partner = np.random.default_rng(0).permutation(400)
    seen = Seen()
    pairs = np.arange(400.0)[:, None], partner[:, None].astype(float)
    trainee(Training(steps=50, batch=100), pairs, apart=apart, path=seen).advance(50)
    x0, x1, t = (torch.cat(column) for column in zip(*seen.asked, strict=True))
    assert len(x0) == 5000
    together = torch.from_numpy(partner)[x0[:, 0].long()] == x1[:, 0].long()
    assert together.float().mean() == (pytest.approx(1 / 400, abs=0.003) if apart else 1.0)
    for end in (x0, x1):
        counts = torch.bincount(end[:, 0].long(), minlength=400)
        assert (counts > 0).all() and counts.float().mean() == 12.5
        assert counts.float().var() == pytest.approx(12.5, rel=0.4)  # uniform: like a Poisson number
    assert t.min() >= 0 and t.max() < 1 and len(torch.unique(t)) > 4900
    assert t.mean().item() == pytest.approx(0.5, abs=0.02) and t.var().item() == pytest.approx(1 / 12, rel=0.1)


def test_loss_history() -> None:
    """Read every 25 steps and at the end: the mean loss since the last reading."""
    of = trainee(Training(steps=60, batch=16))
    of.advance(24)
    assert of.losses == [] and not of.done
    of.advance(100)
    assert [step for step, _ in of.losses] == [EVERY, 2 * EVERY, 60] and of.done
    assert all(math.isfinite(loss) and 0 < loss < 20 for _, loss in of.losses)
    of.advance(5)
    assert of.step == 60


def test_first_loss_is_the_mean_over_its_steps() -> None:
    """With a vanishing rate the net stays as it was: the loss told is that of the fresh net."""
    of = to_the_end(trainee(Training(steps=25, batch=2000, rate=1e-12)))
    assert of.losses[0][1] == pytest.approx(loss_on(*independent(20_000), of), rel=0.03)


def independent(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The law that ``trainee`` draws from: both ends of its 500 pairs, apart."""
    rng = np.random.default_rng(3)
    x0, x1 = gaussians()
    return x0[rng.integers(500, size=n)], x1[rng.integers(500, size=n)]


def test_loss_goes_down_to_its_floor() -> None:
    """N(0, I) to N(0, I) in the plane: V = pi, while the best constant velocity has the loss 4."""
    training = Training(steps=500, batch=256, rate=4e-3, ema=0.98)
    of = to_the_end(trainee(training, gaussians(20_000), part=MLP(width=32, depth=2)))
    rng = np.random.default_rng(5)
    loss = loss_on(rng.standard_normal((40_000, 2)), rng.standard_normal((40_000, 2)), of)
    assert loss == pytest.approx(math.pi, rel=0.03)
    assert of.losses[0][1] > 1.1 * of.losses[-1][1]


def test_average_of_the_weights() -> None:
    """Decay 0 shows the raw weights; otherwise e <- d e + (1 - d) w with d = min(ema, (1 + k)/(10 + k)) at step k."""
    raw = trainee(msgspec.structs.replace(SMALL, ema=0.0))
    averaged = trainee(msgspec.structs.replace(SMALL, ema=0.9))
    mean = raw.field().flat.double()
    for k in range(60):
        raw.advance(1)
        averaged.advance(1)
        decay = min(0.9, (1 + k) / (10 + k))
        mean = decay * mean + (1 - decay) * raw.field().flat.double()
    assert weights(raw) == raw._net.flat.numpy().tobytes()
    assert torch.allclose(averaged.field().flat.double(), mean, atol=1e-6)
    assert averaged._net.flat.equal(raw._net.flat)


def test_field_is_a_copy() -> None:
    of = trainee()
    of.advance(10)
    field = of.field()
    before = field.flat.clone()
    of.advance(10)
    assert torch.equal(field.flat, before) and not torch.equal(of.field().flat, before)


# --- other numbers on the way ---


def test_more_steps_go_on_as_if_asked_at_once() -> None:
    """Weights, optimiser, average and random numbers stay: a longer run is bit for bit the same run."""
    of = to_the_end(trainee())
    of.adopt(msgspec.structs.replace(SMALL, steps=100))
    assert not of.done and of.step == 60
    assert weights(to_the_end(of)) == weights(to_the_end(trainee(msgspec.structs.replace(SMALL, steps=100))))


def test_cosine_lowers_the_rate_to_nothing() -> None:
    """Adam moves a weight by about the rate: (1 + cos(pi k/steps))/2 of it at step k."""
    falling, level = (trainee(msgspec.structs.replace(SMALL, ema=0.0, schedule=s)) for s in ("cosine", "constant"))
    moved = {falling: [], level: []}
    for of in (falling, level):
        for _ in range(60):
            before = of.field().flat
            of.advance(1)
            moved[of].append((of.field().flat - before).abs().max().item())
    assert moved[falling][0] == pytest.approx(1e-3, rel=0.01) == moved[level][0]
    for k in (29, 59):
        factor = (1 + math.cos(math.pi * k / 60)) / 2
        assert moved[falling][k] / moved[level][k] == pytest.approx(factor, rel=0.5)


def test_other_rate_goes_on_from_the_same_weights() -> None:
    of, unchanged = trainee(), trainee()
    for x in (of, unchanged):
        x.advance(30)
    before = weights(of)
    of.adopt(msgspec.structs.replace(SMALL, rate=1e-2, batch=64))
    assert weights(of) == before and of.step == 30
    of.advance(1)
    unchanged.advance(1)
    moved = np.abs(np.frombuffer(weights(of), np.float32) - np.frombuffer(before, np.float32)).max()
    usual = np.abs(np.frombuffer(weights(unchanged), np.float32) - np.frombuffer(before, np.float32)).max()
    assert moved > 3 * usual


def test_fewer_steps_end_it() -> None:
    of = trainee()
    of.advance(40)
    of.adopt(msgspec.structs.replace(SMALL, steps=20))
    assert of.done
    before = weights(of)
    of.advance(10)
    assert of.step == 40 and weights(of) == before


# --- divergence ---


def test_divergence_is_noticed() -> None:
    of = to_the_end(trainee(Training(steps=2000, batch=64, schedule="constant", rate=10.0)))
    assert of.failed and of.done and of.step < 500 and of.step % EVERY == 0
    assert torch.isfinite(of.field().flat).all()
    assert all(math.isfinite(loss) for _, loss in of.losses)
    at = of.step
    of.advance(10)
    assert of.step == at


def test_last_good_weights_come_back() -> None:
    """Half-way through a good run the rate is turned up: what was good at the last reading is what is left."""
    of = trainee(Training(steps=2000, batch=64, schedule="constant", rate=1e-3, ema=0.9))
    of.advance(100)
    good = weights(of)
    of.adopt(Training(steps=2000, batch=64, schedule="constant", rate=10.0, ema=0.9))
    of.advance(EVERY)
    assert of.failed and weights(of) == good
    assert of.losses[-1][0] == 100


def test_fewer_steps_do_not_hide_a_divergence() -> None:
    """The loss since the last reading is unknown when the round is cut short: broken weights must not be kept."""
    of = trainee(Training(steps=2000, batch=64, schedule="constant", rate=10.0))
    of.advance(20)
    of.adopt(Training(steps=10, batch=64, rate=10.0))
    of.advance(10)
    assert of.done
    assert of.failed or loss_on(*independent(1000), of) < 1000


def test_data_without_a_value() -> None:
    x0, x1 = gaussians()
    x1[17] = np.nan
    of = to_the_end(trainee(pairs=(x0, x1)))
    assert of.failed and of.losses == []
    assert torch.isfinite(of.field().flat).all()


def test_honest_runs_are_not_called_divergent() -> None:
    """A large rate that still works, pairs far apart, pairs at rest."""
    x0, x1 = gaussians()
    for pairs in ((x0, 1e3 + 1e-3 * x1), (x0, x0.copy()), (1e4 * x0, x1), (np.zeros((9, 2)), np.ones((9, 2)))):
        of = to_the_end(trainee(Training(steps=100, batch=64, rate=2e-2), pairs, apart=False))
        assert not of.failed and math.isfinite(of.losses[-1][1])


# --- on a GPU ---


@CUDA
def test_slices_do_not_change_a_bit_on_the_gpu() -> None:
    whole, cut = to_the_end(trainee(device="cuda")), to_the_end(trainee(device="cuda"), 7)
    assert weights(cut) == weights(whole) and cut.losses == whole.losses
    assert whole._graph is not None


@CUDA
def test_captured_steps_train_as_others_do() -> None:
    training = Training(steps=500, batch=256, rate=4e-3, ema=0.98)
    of = trainee(training, gaussians(20_000), part=MLP(width=32, depth=2), device="cuda")
    of.advance(100)
    of.adopt(msgspec.structs.replace(training, rate=2e-3))  # the graph is captured anew
    rng = np.random.default_rng(5)
    loss = loss_on(rng.standard_normal((40_000, 2)), rng.standard_normal((40_000, 2)), to_the_end(of))
    assert loss == pytest.approx(math.pi, rel=0.03)
