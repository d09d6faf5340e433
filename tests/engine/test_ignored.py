"""A net that does not look at t, or at x, is told in a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.fields.closed import closed_form
from engine.fields.field import Given
from engine.learning.history import History
from engine.rounds.ignored import ignored, shares
from engine.rounds.learning import Ended, Learning
from engine.rounds.remark import remark
from engine.rounds.round import Round
from engine.spec import Training
from tests.engine.test_metrics import problem

SCENES = {
    "gaussians": (Gaussian(), Gaussian(mean=2.0, std=0.5)),
    "modes": (TwoModes(separation=4.0), TwoModes(at=6.0, separation=4.0)),
}


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize(
    ("name", "net"),
    [
        ("t", lambda x, t: np.sin(x) + 0.5),
        ("t", lambda x, t: np.sin(x) + 0.5 + 0.005 * t),
        ("x", lambda x, t: 0 * x + np.cos(3 * t)),
        ("x", lambda x, t: 1e-3 * x + np.cos(3 * t) + 2),
        ("", lambda x, t: np.sin(x) + t),
        ("", lambda x, t: np.sin(x) + 0.3 * t),
    ],
)
def test_what_a_net_ignores_is_said(name: str, net, scene: str, dim: int) -> None:
    given = problem(*SCENES[scene], dim, pairs=600)
    said = ignored(Given(net), given, closed_form(given))
    assert said.startswith(f"The net ignores {name}: ") and said.count(".") <= 2 and "%" in said if name else not said


def test_v_itself_ignores_nothing() -> None:
    for laws in SCENES.values():
        given = problem(*laws, 2, pairs=600)
        assert ignored(closed_form(given), given) == ""


def test_the_shares_are_those_of_the_law() -> None:
    """v = x + k t at X_t of N(0, 1) to N(0, 1): Var over t is k² Var(t), over x it is E[(1-t)² + t²], d = 1."""
    given = problem(Gaussian(), Gaussian(), 1, pairs=4000)
    times = np.linspace(0.05, 0.95, 13)
    found = shares(Given(lambda x, t: x + 3 * t), given, given.x0, given.x1)
    inside = ((1 - times) ** 2 + times**2).mean()
    size = inside + (9 * times**2).mean()
    assert found["t"] == pytest.approx(np.sqrt(9 * times.var() / size), rel=0.02)
    assert found["x"] == pytest.approx(np.sqrt(inside / size), rel=0.05)


def test_where_lines_are_parallel_there_is_nothing_to_look_at() -> None:
    given = problem(Gaussian(), Gaussian(), 2, pairs=300)
    given = replace(given, x1=given.x0 + np.array([3.0, 1.0]))
    assert ignored(Given(lambda x, t: 0 * x + np.array([3.0, 1.0])), given) == ""


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_a_net_that_is_not_finite_says_nothing(bad: float) -> None:
    given = problem(Gaussian(), Gaussian(mean=2.0), 2, pairs=100)
    assert ignored(Given(lambda x, t: x * 0 + bad), given) == ""


def test_a_round_says_it_once_its_net_has_learned() -> None:
    """Beside what else is to be said; of a velocity that never learned nothing."""
    given = problem(*SCENES["gaussians"], 2, pairs=600)
    v, truth = Given(lambda x, t: np.sin(x) + 0.5), closed_form(given)
    ended = Ended(5, "", False, History())
    for trainee, said in ((ended, "The net ignores t: "), (None, "")):
        held = Round(given, Learning(given, Training(), truth, v, trainee))
        assert held.overlooked.startswith(said) and held.overlooked in remark(held, None)
        assert bool(held.overlooked) == bool(said)
    assert Round(given, Learning(given, Training(), truth, None, ended)).overlooked == ""
