"""Training on new pairs at each step: each is used once, and nothing depends on how the work is cut."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
import torch

from engine.couplings.independent import Independent
from engine.couplings.minibatch_optimal import MinibatchOptimal
from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.fields.field import evaluate
from engine.learning.batches import AHEAD
from engine.learning.net import build
from engine.learning.trainee import Trainee
from engine.parts import Problem, Wrong
from engine.paths.straight import Straight
from engine.preview import draw_pairs
from engine.rounds.round import problem_of
from engine.rounds.seeds import trainee_of
from engine.spec import Training
from engine.velocities.mlp import MLP
from tests.engine.test_lab import SMALL, few_figures, finished, lab, outcome, replace  # noqa: F401
from tests.engine.test_trainee import Seen, to_the_end, weights

FRESH = Training(steps=60, batch=32, pairs="fresh")
SIZE = 150  # pairs of a lot


def numbered(number: int, least: int) -> Iterator[float | tuple[np.ndarray, np.ndarray]]:
    """Lot k: the numbers from k SIZE on, at both ends; in three slices."""
    yield 0.3
    yield 0.6
    x = number * SIZE + np.arange(max(SIZE, least), dtype=float)[:, None]
    yield x, x + 0.5


def trainee(training: Training = FRESH, drawing: object = numbered, path: object = Straight()) -> Trainee:
    x0, x1 = (np.random.default_rng(k).standard_normal((500, 1)) for k in range(2))
    problem = Problem(1, 1, Gaussian(), Gaussian(), Independent(), Straight(), x0, x1)
    net = build(MLP(width=8, depth=2), problem, 0, "cpu")
    of = Trainee(net, x0, x1, path, training, 1, True, drawing=drawing)
    of._limit = np.inf  # the numbers grow: it is no divergence
    return of


@pytest.mark.parametrize("batch", [1, 32, 50, 75, 151, 400])
def test_each_pair_is_used_once(batch: int) -> None:
    """In the order in which they are drawn, both ends together, and all of them but a rest."""
    seen = Seen()
    to_the_end(trainee(msgspec.structs.replace(FRESH, batch=batch), path=seen))
    x0, x1 = (torch.cat(column)[:, 0] for column in list(zip(*seen.asked, strict=True))[:2])
    assert torch.equal(x1, x0 + 0.5)
    lot = max(SIZE, batch)
    steps = lot // batch
    draws = -(-steps // AHEAD)  # so many steps are drawn at once that little is left over
    used = steps // draws * draws * batch
    wanted = torch.cat([torch.arange(used) + k * SIZE for k in range(len(x0) // used + 1)])
    assert torch.equal(x0, wanted[: len(x0)].float())
    assert used > lot - draws * batch and len(x0) >= 60 * batch


@pytest.mark.parametrize("slices", [1, 7, 25])
def test_slices_do_not_change_a_bit(slices: int) -> None:
    whole, cut = to_the_end(trainee()), to_the_end(trainee(), slices)
    assert weights(cut) == weights(whole) and (cut.losses == whole.losses).all()


@pytest.mark.parametrize("slices", [1, 7, 25])
def test_turning_it_on_and_off(slices: int) -> None:
    """Other numbers in the midst of a lot; pairs that were used do not come again."""
    turns = (
        (13, msgspec.structs.replace(FRESH, pairs="kept")),
        (22, FRESH),
        (31, msgspec.structs.replace(FRESH, batch=48)),
        (40, msgspec.structs.replace(FRESH, times="u-shaped", weighting="even")),
    )

    def turned(slices: int) -> tuple[Trainee, Seen]:
        seen = Seen()
        of = trainee(path=seen)
        for step, training in turns:
            while of.step < step:
                of.advance(min(slices, step - of.step))
            of.adopt(training)
        return to_the_end(of, slices), seen

    (whole, seen), (cut, _) = turned(10**9), turned(slices)
    assert weights(cut) == weights(whole) and (cut.losses == whole.losses).all()
    numbers = torch.cat([x0 for x0, _, _ in seen.asked])
    new = numbers[(numbers == numbers.round()) & (numbers >= 0)]
    assert len(new) == len(new.unique()) > 1000


def test_a_slice_of_drawing_is_no_step() -> None:
    of = trainee()
    of.advance(3)
    assert of.step == 0
    of.advance(3)
    of.advance(3)
    assert of.step == 3


def test_no_step_is_made_without_pairs() -> None:
    def broken(number: int, least: int) -> Iterator[float]:
        yield 0.5
        raise Wrong("source", "gives no more points")

    of = trainee(drawing=broken)
    of.advance(1)
    for _ in range(2):
        with pytest.raises(Wrong, match="gives no more points"):
            for _ in range(2):
                of.advance(1)
    assert of.step == 0 and not of.failed


def test_pairs_of_later_rounds_are_kept() -> None:
    """They come from flows: there is no law to draw them from."""
    pairs = draw_pairs(SMALL)
    (node,) = SMALL.nodes()
    first = problem_of(SMALL, node, *pairs)
    second = Problem(2, 2, first.source, first.target, first.coupling, first.path, *pairs)
    for problem, differs in ((first, True), (second, False)):
        found = []
        for kind in ("kept", "fresh"):
            net = build(MLP(width=8, depth=1), problem, 0, "cpu")
            found.append(weights(to_the_end(trainee_of(net, problem, Training(steps=30, batch=32, pairs=kind), 3))))
        assert (found[0] != found[1]) == differs


def test_new_pairs_are_not_learned_by_heart() -> None:
    """64 pairs, matched: kept ones are fitted closely and others not at all; new ones tell their honest loss."""
    asked = replace(
        SMALL,
        target=TwoModes(separation=2.0),
        coupling=MinibatchOptimal(pairs=64, batch=64),
        velocity=MLP(width=64, depth=3),
    )
    held_out = asked.coupling.draw(asked.source, asked.target, 2, 999)
    *_, (x0, x1) = held_out
    for _ in range(40):
        *_, more = asked.coupling.draw(asked.source, asked.target, 2, 1000 + _)
        x0, x1 = (np.concatenate(both) for both in zip((x0, x1), more, strict=True))
    t = np.random.default_rng(0).random((len(x0), 1))
    told = {}
    for kind in ("kept", "fresh"):
        of = lab(replace(asked, training=Training(steps=1500, batch=64, rate=3e-3, ema=0.99, pairs=kind)))
        (held,) = finished(of).rounds()
        honest = float(((x1 - x0 - evaluate(held.v, x0 + t * (x1 - x0), t)) ** 2).sum(1).mean())
        told[kind] = held.learning.losses[-15:, 1].mean(), honest
    assert told["kept"][0] < 0.5 * told["kept"][1]
    assert told["fresh"][0] == pytest.approx(told["fresh"][1], rel=0.15)
    assert told["fresh"][1] < told["kept"][1]


def test_a_law_that_gives_up_ends_its_round_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    long = Training(steps=100_000, batch=32, pairs="fresh")  # more than the first lot has pairs for
    of, sample = lab(replace(SMALL, training=long)), TwoModes.sample
    while not of.rounds():
        of.advance(0.01)
    monkeypatch.setattr(TwoModes, "sample", lambda *rest: np.full_like(sample(*rest), np.nan))
    assert not finished(of).rounds()[0].learning.v
    assert "gives has numbers that are not finite" in of.rounds()[0].learning.broken


def test_the_same_numbers_again() -> None:
    asked = replace(SMALL, coupling=MinibatchOptimal(pairs=100, batch=50), training=FRESH)
    one, two = (outcome(finished(lab(asked)).rounds()[0]) for _ in range(2))
    assert one == two
    other = outcome(finished(lab(replace(asked, seed=asked.seed + 1))).rounds()[0])
    assert other[0] != one[0]
