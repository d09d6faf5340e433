"""Rounds that leave the Lab and come back: as if they had never been away, to the last bit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.lab import Lab
from engine.motion.stopping import never
from engine.parts import Wrong
from engine.registry import kinds
from engine.report import snapshot
from engine.rounds.kept import Kept
from engine.spec import Measure, Training
from engine.tree import Branch
from engine.velocities.mlp import MLP
from tests.engine.test_lab import SMALL, few_figures, finished, lab, outcome, replace, until  # noqa: F401

TWO = replace(SMALL, rounds=2)
TRAININGS = {
    "plain": TWO,
    "odd times": replace(TWO, training=Training(steps=60, batch=32, times="logit-normal", weighting="even")),
    "cosine, no average": replace(TWO, training=Training(steps=60, batch=64, schedule="cosine", ema=0.0, decay=0.1)),
    "warm, features": replace(
        TWO,
        training=Training(steps=60, batch=32, warm=True),
        velocity=MLP(width=8, depth=2, fourier=3, time_features=2),
    ),
    "fresh pairs": replace(TWO, training=Training(steps=60, batch=32, pairs="fresh")),
    "fresh optimal pairs": replace(
        TWO,
        coupling=kinds("couplings")["minibatch optimal"](pairs=150, batch=50),
        training=Training(steps=60, batch=32, pairs="fresh", times="u-shaped"),
    ),
    "stops early": replace(TWO, training=Training(steps=600, batch=64, stop_gap=50.0)),
    "residual": replace(TWO, velocity=kinds("velocities")["residual"](width=8)),
    "kernel": replace(TWO, velocity=kinds("velocities")["kernel"](nearest=10)),
    "branches": replace(
        TWO,
        branches=(
            Branch("soft", 1, kinds("operations")["noise refresh"]()),
            Branch("student", 1, kinds("operations")["distil"]()),
        ),
    ),
}


def away(rounds: tuple[Kept, ...]) -> tuple[Kept, ...]:
    """As through a file: nothing but values comes along."""
    return pickle.loads(pickle.dumps(rounds))


def all_of(of: Lab) -> list[tuple]:
    rounds = of.rounds()
    beside = [(held.reference.own.figures.single, held.reference.own.figures.ladders) for held in rounds]
    losses = [held.learning.losses.tobytes() for held in rounds]
    return [*(outcome(held) for held in rounds), beside, losses]


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize("steps", [0, 1, 23, 26, 47])
def test_training_goes_on_with_the_same_bytes(name: str, steps: int) -> None:
    """Half-trained, at the start, within a lot of batches drawn ahead and at its end, in the first and second round."""
    whole = all_of(finished(lab(TRAININGS[name])))
    of = lab(TRAININGS[name])
    for number in (1, 2):

        def there(number: int = number, of: Lab = of) -> bool:
            rounds = of.rounds()
            learning = rounds[number - 1].learning if len(rounds) >= number else None
            return learning is not None and (learning.v is not None or learning.trainee.step >= steps)

        until(of, there)
        other = Lab("cpu", matched=64)
        other.restore(TRAININGS[name], away(of.kept()))
        of = other
    assert all_of(finished(of)) == whole


def test_a_round_that_ended_early_stays_ended() -> None:
    """Kept between its early end and its being finished."""
    of = lab(TWO)
    until(of, lambda: bool(of.rounds()) and of.rounds()[0].learning.trainee.step >= 20)
    of.rounds()[0].learning.trainee.finish_early("enough")
    other = Lab("cpu", matched=64)
    other.restore(TWO, away(of.kept()))
    assert other.rounds()[0].learning.trainee.done
    assert all_of(finished(other)) == all_of(finished(of))


def test_a_finished_tree_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    of = finished(lab(TRAININGS["branches"]))
    before = snapshot(of)
    other = Lab("cpu", matched=64)
    monkeypatch.setattr("engine.learning.trainee.Trainee.__init__", lambda *rest: pytest.fail("trained again"))
    monkeypatch.setattr("engine.rounds.measuring.Measuring.measure", lambda *rest: pytest.fail("measured again"))
    other.restore(TRAININGS["branches"], away(of.kept()))
    assert not other.advance(0.1) and other.phase == "done"
    after = snapshot(other)
    for one, two in zip(before.rounds, after.rounds, strict=True):
        assert (one.name, one.figures, one.beside, one.velocity, one.remark, one.reference) == (
            two.name,
            two.figures,
            two.beside,
            two.velocity,
            two.remark,
            two.reference,
        )
        assert np.array_equal(one.losses, two.losses) and one.outdated == two.outdated


def test_the_present_training_comes_after_what_was_kept() -> None:
    """A finished round keeps its old numbers, and one in work goes on with the new ones."""
    of = finished(lab())
    other = Lab("cpu", matched=64)
    other.restore(replace(SMALL, training=Training(steps=99, batch=8), rounds=2), away(of.kept()))
    finished(other)
    first, second = other.rounds()
    assert outcome(first)[:3] == outcome(of.rounds()[0])[:3] and second.learning.trainee.step == 99
    assert snapshot(other).rounds[1].outdated and not snapshot(other).rounds[2].outdated


def test_other_samples_are_measured_again() -> None:
    of = finished(lab())
    other = Lab("cpu", matched=64)
    other.restore(replace(SMALL, measure=Measure(samples=128)), away(of.kept()))
    assert finished(other).rounds()[0].own.figures.single["loss"].n == 128


def test_what_diverged_stays_so() -> None:
    of = finished(lab(replace(SMALL, training=Training(steps=60, batch=32, rate=10.0))))
    other = Lab("cpu", matched=64, stop=never)
    other.restore(of.experiment, away(of.kept()))
    assert not other.advance(0.1)
    assert snapshot(other).rounds[1].warning == snapshot(of).rounds[1].warning != ""
    assert other.rounds()[0].failed and snapshot(other).phase == "stopped"


def test_rounds_of_another_experiment_are_refused() -> None:
    of = finished(lab(TWO))
    with pytest.raises(Wrong, match="the first round is missing"):
        Lab("cpu").restore(TWO, away(of.kept())[1:])


def test_nothing_kept_is_a_new_start() -> None:
    other = Lab("cpu", matched=64)
    other.restore(replace(SMALL, source=Gaussian(), target=TwoModes(separation=4.0)), ())
    assert outcome(finished(other).rounds()[0]) == outcome(finished(lab()).rounds()[0])
