"""Figures of a net in training: exact where the answer is known, near those that are measured, and never in the way."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.fields.field import Given
from engine.parts import Problem
from engine.paths.straight import Straight
from engine.probe import Subject, answered
from engine.probes.provisional import Provisional
from engine.solvers.euler import Euler
from engine.spec import Measure, Training
from engine.velocities.mlp import MLP
from tests.engine.test_lab import SMALL, finished, lab, replace, until

X = np.random.default_rng(0).normal(size=(300, 2))
ASKED = Provisional()


def subject(v: Given, finished: bool = False) -> Subject:
    problem = Problem(2, 1, Gaussian(), Gaussian(), Independent(), Straight(), X, X + 1)
    return Subject(problem, Euler(), v, None, finished)


def test_a_constant_velocity_is_straight_and_one_step_is_exact() -> None:
    found = answered(ASKED, subject(Given(lambda x, t: 0 * x + 3)))
    assert found.single["straightness"].value == pytest.approx(0, abs=1e-20)
    assert found.single["transport_cost"].value == pytest.approx(18) and found.single["pair_cost"].value == 2
    assert all(e.value == pytest.approx(0, abs=1e-12) for e in found.ladders["euler_error"].values())


def test_a_linear_velocity_has_its_closed_forms() -> None:
    """v = -x: Z_t = e^-t x, and N Euler steps make (1 - 1/N)^N x of it."""
    found, m = answered(ASKED, subject(Given(lambda x, t: -x))), (X[:256] ** 2).sum(1).mean()
    fall = 1 - math.exp(-1)
    assert found.single["transport_cost"].value == pytest.approx(fall**2 * m, rel=1e-5)
    assert found.single["straightness"].value == pytest.approx(((1 - math.exp(-2)) / 2 - fall**2) * m, rel=1e-4)
    for n, e in found.ladders["euler_error"].items():
        assert e.value == pytest.approx(abs((1 - 1 / n) ** n - math.exp(-1)) * math.sqrt(m), rel=1e-3) and e.n == 256
    spread = (X[:256] ** 2).sum(1).std(ddof=1) / 16
    assert found.single["transport_cost"].error == pytest.approx(fall**2 * spread, rel=1e-5)


def test_it_is_asked_of_nets_in_training_alone() -> None:
    v = Given(lambda x, t: -x)
    assert ASKED.applies(subject(v)) and not ASKED.applies(subject(v, finished=True))
    v.closed = True
    assert not ASKED.applies(subject(v))
    assert not ASKED.applies(subject(None))


def test_it_agrees_with_what_is_measured_at_the_end() -> None:
    """The last answer before the end against the figures of the same net but for its last steps."""
    of = lab(replace(SMALL, training=Training(steps=300, batch=64), measure=Measure(samples=1024)))
    until(of, lambda: bool(of.rounds()) and of.rounds()[0].learning.trainee.step >= 299)
    early = answered(ASKED, of.rounds()[0].subject(of.experiment.solver, 0))
    right = finished(of).rounds()[0].own.figures
    for kind, e in early.single.items():
        assert abs(e.value - right.single[kind].value) < 4 * math.hypot(e.error, right.single[kind].error or 0), kind
    for n, e in early.ladders["euler_error"].items():
        there = right.ladders["euler_error"][n]
        assert abs(e.value - there.value) < 4 * math.hypot(e.error, there.error) + 1e-3, n


def test_it_comes_while_training_and_takes_a_tenth_at_most() -> None:
    of = lab(replace(SMALL, velocity=MLP(width=32, depth=2), training=Training(steps=1_000_000, batch=64)))
    of.ask((ASKED,))
    begun, training = time.monotonic(), 0.0
    while time.monotonic() - begun < 6.0:
        at = time.monotonic()
        of.advance(0.03)
        training += time.monotonic() - at
        of.look(0.05)
    (held,) = (of.rounds()[0].inquiries._known[ASKED],)
    assert held.value is not None and of.rounds()[0].learning.trainee.step > 100
    assert held.spent < training / 10 + 0.1, "but for the slice that it was in"
    assert not of.rounds()[0].inquiries.work(held, *_now(of), time.monotonic(), lambda: False), "in slices"


def _now(of) -> tuple[Subject, object]:
    held = of.rounds()[0]
    return held.subject(of.experiment.solver, 0), held.learning.stage
