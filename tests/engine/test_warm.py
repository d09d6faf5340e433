"""Training goes on after an edit: from the weights of the round in the same place, and never where nobody asked."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from engine.distributions.drawn import Drawn
from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.fields.field import evaluate
from engine.lab import Lab
from engine.registry import kinds
from engine.report import snapshot
from engine.rounds.packed import packed, unpacked
from engine.rounds.remark import AFTER_WARM, WARM
from engine.spec import Experiment, Training
from engine.velocities.mlp import MLP
from tests.engine.test_lab import SMALL, few_figures, finished, lab, outcome, replace, until  # noqa: F401

TWO = replace(SMALL, rounds=2)
EDITS = {
    "seed": {"seed": 6},
    "source": {"source": Gaussian(mean=1.0)},
    "target": {"target": TwoModes(separation=6.0)},
    "drawn": {"target": Drawn(dots=((0.0, 1.0), (2.0, 3.0), (4.0, 0.0)))},
    "coupling": {"coupling": kinds("couplings")["optimal"](pairs=300)},
    "path": {"path": kinds("paths")["spherical"]()},
}


def edited(of: Lab, warm: bool = True, **fields: object) -> Experiment:
    changed = replace(of.experiment, **fields)
    of.adopt(changed, warm=warm)
    return changed


def begun(of: Lab) -> Lab:
    """The first round is there, and has made no step."""
    until(of, lambda: bool(of.rounds()), train=True)
    assert of.rounds()[0].learning.trainee.step == 0
    return of


def flats(of: Lab) -> list[torch.Tensor]:
    return [held.v.flat.clone() for held in of.rounds()]


@pytest.mark.parametrize("edit", EDITS)
def test_every_round_begins_with_the_weights_of_the_one_in_its_place(edit: str) -> None:
    of = finished(lab(TWO))
    before, seen = flats(of), []
    edited(of, **EDITS[edit])
    until(of, lambda: len(of.rounds()) > len(seen) and not seen.append(of.rounds()[-1].learning) and len(seen) == 2)
    first, second = seen
    assert first.warm and second.warm
    assert second.trainee.step == 0 and torch.equal(second.trainee.field().flat, before[1])
    assert not torch.equal(first.v.flat, before[0]), "the first one has learned since"
    assert all(WARM in view.remark for view in snapshot(of).rounds[1:])


def test_the_weights_of_a_training_in_work_come_with_its_optimiser_and_average() -> None:
    of = lab(replace(SMALL, training=Training(steps=500, batch=32)))
    until(of, lambda: bool(of.rounds()) and of.rounds()[0].learning.trainee.step >= 60)
    old = of.rounds()[0].learning.trainee
    raw, average, moments = (
        old._net.flat.clone(),
        old._ema.clone(),
        {k: v.clone() for k, v in old._adam.tensors().items()},
    )
    edited(of, seed=7)
    new = begun(of).rounds()[0].learning.trainee
    assert torch.equal(new._net.flat, raw) and torch.equal(new._ema, average) and not torch.equal(raw, average)
    assert all(torch.equal(value, moments[name]) for name, value in new._adam.tensors().items())
    until(of, lambda: of.rounds()[0].learning.trainee.step >= 5)
    assert torch.equal(old._net.flat, raw), "the round that waits on the shelf is not trained on"


def test_a_cloud_that_is_moved_is_met_by_the_field_that_is_moved_with_it() -> None:
    """Both ends of a pair shifted by a and b: X_t is by (1 - t) a + t b, and dX by b - a; so is the net at step 0."""
    a, b = np.array([1.0, -2.0]), np.array([7.0, 3.0])
    drawn = lambda n, seed: np.random.default_rng(seed).normal(size=(n, 2))  # noqa: E731
    x0, x1 = drawn(40, 0), 2 * drawn(40, 1) + 5
    points = lambda x: Drawn(dots=tuple(map(tuple, x.tolist())))  # noqa: E731
    of = finished(lab(replace(SMALL, source=points(x0), target=points(x1))))
    old = of.rounds()[0].v
    edited(of, source=points(x0 + a), target=points(x1 + b))
    new = begun(of).rounds()[0].learning.trainee.field()
    x = drawn(50, 2)
    for t in (0.0, 0.3, 1.0):
        moved = evaluate(new, x + (1 - t) * a + t * b, t)
        assert np.allclose(moved, evaluate(old, x, t) + b - a, atol=2e-4)


def test_an_unchanged_problem_goes_on_near_the_loss_that_was_reached() -> None:
    """Another seed: the same laws. Its first hundred steps are as good as the last ones were, and anew they are not."""
    hard = replace(SMALL, velocity=MLP(width=32, depth=2), training=Training(steps=1500, batch=128), rounds=1)
    of = finished(lab(hard))
    reached = of.rounds()[0].learning.losses[-20:, 1].mean()
    edited(of, seed=6)
    until(of, lambda: bool(of.rounds()) and of.rounds()[0].learning.trainee.step >= 100)
    warm = of.rounds()[0].learning.losses[:4, 1].mean()
    other = lab(replace(hard, seed=6))
    until(other, lambda: bool(other.rounds()) and other.rounds()[0].learning.trainee.step >= 100)
    anew = other.rounds()[0].learning.losses[:4, 1].mean()
    assert warm < 1.15 * reached and anew > 1.3 * warm


def test_without_being_asked_it_starts_anew_with_the_same_bytes() -> None:
    of = finished(lab(TWO))
    changed = edited(of, warm=False, seed=9)
    assert [outcome(held) for held in finished(of).rounds()] == [
        outcome(held) for held in finished(lab(changed)).rounds()
    ]
    assert not any(held.learning.warm for held in of.rounds())


@pytest.mark.parametrize(
    "change", [{"velocity": MLP(width=9, depth=1)}, {"velocity": MLP(width=8, depth=1, activation="tanh")}, {"dim": 1}]
)
def test_a_net_that_does_not_fit_starts_anew(change: dict) -> None:
    of = finished(lab(TWO))
    changed = edited(of, **change)
    assert [outcome(held) for held in finished(of).rounds()] == [
        outcome(held) for held in finished(lab(changed)).rounds()
    ]
    assert not any(held.learning.warm for held in of.rounds())


def test_another_dimension_in_between_leaves_nothing_to_go_on_from() -> None:
    of = finished(lab())
    edited(of, dim=1)
    edited(of, dim=2, seed=11)
    assert not begun(of).rounds()[0].learning.warm


def test_restart_starts_anew_whatever_was_asked() -> None:
    of = finished(lab())
    edited(of, seed=6)
    finished(of)
    of.adopt(of.experiment, 1, warm=True)
    assert not begun(of).rounds()[0].learning.warm
    assert outcome(finished(of).rounds()[0]) == outcome(finished(lab(of.experiment)).rounds()[0])


def test_what_diverged_is_not_gone_on_from() -> None:
    of = finished(lab(replace(SMALL, training=Training(steps=60, batch=32, rate=10.0))))
    assert of.rounds()[0].failed
    edited(of, seed=6)
    assert not begun(of).rounds()[0].learning.warm


def test_undo_finds_the_rounds_as_they_were() -> None:
    of = finished(lab(TWO))
    before = of.experiment, [outcome(held) for held in of.rounds()]
    edited(of, seed=6)
    finished(of)
    of.adopt(before[0], warm=True)
    assert not of.advance(0.1) and [outcome(held) for held in of.rounds()] == before[1]


def test_a_round_says_that_it_follows_a_warm_one() -> None:
    of = finished(lab(SMALL))
    edited(of, seed=6)
    finished(of)
    of.adopt(replace(of.experiment, rounds=2), warm=True)
    finished(of)
    first, second = (view.remark for view in snapshot(of).rounds[1:])
    assert WARM in first and AFTER_WARM in second and WARM not in second


def test_a_drag_passes_the_weights_on_and_pushes_nothing_off_the_shelf() -> None:
    """Forty edits, each overtaken by the next before anything is drawn, or after some steps."""
    of = finished(lab())
    (before,), start = flats(of), of.experiment
    for k in range(40):
        edited(of, target=TwoModes(separation=4.0 + (k + 1) / 20))
        if k % 2:
            of.advance(0.002)
    until(of, lambda: bool(of.rounds()))
    assert of.rounds()[0].learning.warm
    assert torch.dist(of.rounds()[0].learning.trainee.field().flat, before) < 0.5 * before.norm()
    of.adopt(start, warm=True)
    assert not of.advance(0.1), "what was there before the drag is there again, trained and measured"


@pytest.mark.parametrize("steps", [0, 13, 30])
def test_a_warm_round_comes_back_from_a_file_with_the_same_bytes(steps: int) -> None:
    def warm() -> Lab:
        of = finished(lab(TWO))
        edited(of, seed=6)
        return of

    whole = finished(warm())
    of = warm()
    until(of, lambda: bool(of.rounds()) and of.rounds()[0].learning.trainee.step >= steps)
    other = Lab("cpu", matched=64)
    (kept, *_) = of.kept()
    assert kept.warm and unpacked(packed(kept)).warm
    other.restore(of.experiment, tuple(unpacked(packed(one)) for one in pickle.loads(pickle.dumps(of.kept()))))
    first = finished(other).rounds()[0]
    assert outcome(first) == outcome(whole.rounds()[0]) and first.learning.warm
    assert WARM in snapshot(other).rounds[1].remark
    other.restore(of.experiment, other.kept())
    assert other.rounds()[0].learning.warm, "a finished one says so, too"


def test_a_net_of_no_number_is_not_gone_on_from() -> None:
    of = finished(lab())
    carried = of.rounds()[0].learning.carried()
    carried.flat.fill_(float("nan"))
    fresh = SimpleNamespace(part=carried.net.part, dim=carried.net.dim)
    assert not carried.fits(fresh)
