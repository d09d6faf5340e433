"""Training: what it depends on, what it keeps, when it gives up."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
import torch

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.fields.field import Array, evaluate
from engine.learning.adam import Adam
from engine.learning.batches import density, times
from engine.learning.batches import weights as weights_of
from engine.learning.net import build
from engine.learning.trainee import READ_EVERY, Trainee
from engine.parts import Problem
from engine.paths.straight import Straight
from engine.spec import Training
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
    assert (cut.losses == whole.losses).all() and cut.step == 60


@pytest.mark.parametrize("slices", [1, 7, 25])
def test_slices_do_not_change_a_bit_when_numbers_change(slices: int) -> None:
    """Other batch, times, rate and average, at steps where neither a draw nor a reading ends."""
    turns = (
        (13, msgspec.structs.replace(SMALL, rate=2e-3, ema=0.0)),
        (31, msgspec.structs.replace(SMALL, batch=48, times="logit-normal", weighting="late", decay=0.1)),
        (44, msgspec.structs.replace(SMALL, times="u-shaped", weighting="even", steps=90)),
    )

    def run(slices: int) -> Trainee:
        of = trainee()
        for until, training in turns:
            while of.step < until:
                of.advance(min(slices, until - of.step))
            of.adopt(training)
        return to_the_end(of, slices)

    whole, cut = run(10**9), run(slices)
    assert weights(cut) == weights(whole) and (cut.losses == whole.losses).all() and cut.step == 90


@pytest.mark.parametrize("other", ["seed", "apart", "batch", "rate", "ema", "pairs", "decay", "times", "weighting"])
def test_everything_else_does(other: str) -> None:
    rng = np.random.default_rng(9)
    changed = {
        "seed": {"seed": 2},
        "apart": {"apart": False},
        "batch": {"training": msgspec.structs.replace(SMALL, batch=33)},
        "rate": {"training": msgspec.structs.replace(SMALL, rate=2e-3)},
        "ema": {"training": msgspec.structs.replace(SMALL, ema=0.5)},
        "decay": {"training": msgspec.structs.replace(SMALL, decay=0.5)},
        "times": {"training": msgspec.structs.replace(SMALL, times="u-shaped")},
        "weighting": {"training": msgspec.structs.replace(SMALL, weighting="late")},
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

    noisy = False

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
    assert len(of.losses) == 0 and not of.done
    of.advance(100)
    assert [step for step, _ in of.losses] == [READ_EVERY, 2 * READ_EVERY, 60] and of.done
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


def test_average_kept_or_not_is_the_same_run() -> None:
    """Without an average none is kept; asked for on the way, it starts at the weights of that moment."""
    of = trainee(msgspec.structs.replace(SMALL, ema=0.0))
    fresh = of._ema.clone()
    of.advance(30)
    assert torch.equal(of._ema, fresh) and weights(of) == of._net.flat.numpy().tobytes()
    before = of.field().flat.double()
    of.adopt(msgspec.structs.replace(SMALL, ema=0.7))
    assert weights(of) == of._net.flat.numpy().tobytes()
    of.advance(1)
    assert torch.allclose(of.field().flat.double(), 0.7 * before + 0.3 * of._net.flat.double(), atol=1e-7)
    of.adopt(msgspec.structs.replace(SMALL, ema=0.0))
    assert weights(of) == of._net.flat.numpy().tobytes()


def test_end_before_the_last_step() -> None:
    of = trainee()
    of.advance(33)
    before = weights(of)
    of.finish_early("fit gap below 0.1")
    assert of.done and not of.failed and of.early and of.losses[-1][0] == 33
    of.advance(10)
    assert of.step == 33 and weights(of) == before
    of.adopt(msgspec.structs.replace(SMALL, steps=61))
    assert not of.done and not of.early
    of.advance(1)
    assert of.step == 34


def test_end_before_the_last_step_does_not_hide_a_divergence() -> None:
    of = trainee(Training(steps=2000, batch=64, schedule="constant", rate=10.0))
    of.advance(20)
    of.finish_early("")
    assert of.failed and torch.isfinite(of.field().flat).all()


# --- optimiser ---


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("fused", [True, False])
def test_optimiser_is_adam(decay: float, fused: bool) -> None:
    """40 steps of the published formulas in float64, with a rate that changes; without decay it is plain Adam."""
    random = np.random.default_rng(0)
    w = random.standard_normal(50)
    flat, grad = torch.tensor(w, dtype=torch.float32), torch.zeros(50)
    m, v, mine = np.zeros(50), np.zeros(50), Adam(flat, grad)
    if not fused:
        mine._kernel = None
    assert (mine._kernel is not None) == fused
    for k in range(1, 41):
        g, rate = random.standard_normal(50) * np.logspace(-9, 1, 50), 0.05 / k
        grad.copy_(torch.tensor(g))
        mine.step(rate, decay)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = (1 - rate * decay) * w - rate * m / (1 - 0.9**k) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
    assert np.allclose(flat.numpy(), w, rtol=2e-5, atol=1e-6)


# --- times and weights ---

KINDS = ("uniform", "logit-normal", "u-shaped")


@pytest.mark.parametrize("kind", KINDS)
def test_times_follow_their_density(kind: str) -> None:
    """100,000 of them: the distribution function (Kolmogorov-Smirnov, 0.1 % level); the density adds up to 1."""
    t = times(kind, 100_000, torch.Generator().manual_seed(0), torch.float64)[0]
    nodes = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    p = density(kind, nodes)
    assert p.mean().item() == pytest.approx(1.0, abs=1e-6)
    below = torch.searchsorted(t.sort().values, nodes[999::1000].contiguous()).double() / len(t)
    assert (below - (p.cumsum(0) / 200_000)[999::1000]).abs().max() < 1.95 / math.sqrt(len(t))
    assert torch.isfinite(density(kind, torch.tensor([0.0, 1.0]))).all()


def test_densities_as_published() -> None:
    """Logit-normal: 4/sqrt(2π) at 1/2; u-shaped: exp(4t) + exp(4(1 - t)) but for a factor."""
    t = torch.tensor([0.0, 0.5, 0.9], dtype=torch.float64)
    assert density("logit-normal", t)[1].item() == pytest.approx(4 / math.sqrt(2 * math.pi))
    ratio = density("u-shaped", t) / (torch.exp(4 * t) + torch.exp(4 * (1 - t)))
    assert ratio.tolist() == pytest.approx([4 / (2 * (math.exp(4) - 1))] * 3)


def test_weights_over_time() -> None:
    t = torch.tensor([0.0, 0.5, 0.9, 0.999, 1.0])[:, None]
    assert weights_of(Training(), t) is None and weights_of(Training(weighting="even"), t) is None
    late = weights_of(Training(weighting="late"), t)[:, 0].tolist()
    assert late == pytest.approx([1, 2, 10, 20, 20], rel=1e-5)
    even = weights_of(Training(weighting="even", times="u-shaped"), t)
    assert torch.allclose(even * density("u-shaped", t), torch.ones(5, 1))
    assert weights_of(Training(weighting="even", times="logit-normal"), t)[0].item() == 20


class Rising:
    """A path whose loss is known at each t: X_t = 0 and |dX_t|² = 1 + 4 (2t - 1)⁴ for ends at ±1."""

    noisy = False

    def at(self, x0: Array, x1: Array, t: Array) -> tuple[Array, Array]:
        square = 1 + 4 * (2 * t - 1) ** 4
        return 0 * x0, x0 * square**0.5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighting", ["none", "even", "late"])
def test_loss_told_is_over_uniform_times(kind: str, weighting: str) -> None:
    """Pairs with x0 = ±1 and a net that gives 0: the loss at t is 1 + 4 (2t - 1)^4, so L = 1.8 whatever is trained.

    Without the weights it would be 1.26 for logit-normal times. Twenty readings, each of its own 25 steps.
    """
    x0 = np.array([[1.0], [-1.0]]).repeat(50, 0)
    training = Training(steps=500, batch=512, rate=1e-12, ema=0.0, times=kind, weighting=weighting)
    of = trainee(training, (x0, x0), path=Rising(), apart=False)
    of._net.flat.zero_()
    told = [loss for _, loss in to_the_end(of).losses]
    error = np.std(told) / math.sqrt(len(told))
    assert len(told) == 20 and error < 0.01
    assert np.mean(told) == pytest.approx(1.8, abs=4 * error)


@pytest.mark.parametrize("kind", KINDS)
def test_every_choice_of_times_learns_the_same_velocity(kind: str) -> None:
    """N(0, 1) to N(0, 1) on the line: V = pi/2. Decay in proportion to the weights does not spoil it."""
    training = Training(
        steps=400, batch=256, rate=5e-3, ema=0.98, times=kind, weighting="even", schedule="cosine", decay=1e-3
    )
    of = to_the_end(trainee(training, gaussians(20_000, 1), part=MLP(width=24, depth=2)))
    rng = np.random.default_rng(5)
    x0, x1 = rng.standard_normal((2, 40_000, 1))
    assert loss_on(x0, x1, of) == pytest.approx(math.pi / 2, rel=0.03)
    assert np.mean([loss for _, loss in of.losses[-6:]]) == pytest.approx(math.pi / 2, rel=0.04)


# --- divergence ---


def test_divergence_is_noticed() -> None:
    of = to_the_end(trainee(Training(steps=2000, batch=64, schedule="constant", rate=10.0)))
    assert of.failed and of.done and of.step < 500 and of.step % READ_EVERY == 0
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
    of.advance(READ_EVERY)
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
    assert of.failed and len(of.losses) == 0
    assert torch.isfinite(of.field().flat).all()


def test_honest_runs_are_not_called_divergent() -> None:
    """A large rate that still works, pairs far apart, pairs at rest."""
    x0, x1 = gaussians()
    for pairs in ((x0, 1e3 + 1e-3 * x1), (x0, x0.copy()), (1e4 * x0, x1), (np.zeros((9, 2)), np.ones((9, 2)))):
        of = to_the_end(trainee(Training(steps=100, batch=64, rate=2e-2), pairs, apart=False))
        assert not of.failed and math.isfinite(of.losses[-1][1])


# --- on a GPU ---


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=CUDA)])
@pytest.mark.parametrize("kind", ["uniform", "logit-normal"])
def test_the_loss_of_a_large_batch_is_that_of_a_small_one(kind: str, device: str) -> None:
    """Its probe is some tiles of it."""
    told = []
    for batch in (1024, 40_000):
        numbers = Training(steps=25, batch=batch, times=kind, rate=1e-9, ema=0.0)
        told.append(to_the_end(trainee(numbers, device=device)).losses[-1, 1])
    assert told[1] == pytest.approx(told[0], rel=0.05)
