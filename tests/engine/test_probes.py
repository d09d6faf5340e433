"""What holds for every probe: answers are values, come in slices, and a probe that fails takes nothing with it."""

from __future__ import annotations

import dataclasses
import pickle
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.distributions.drawn import Drawn
from engine.distributions.gaussian import Gaussian
from engine.distributions.single_point import SinglePoint
from engine.distributions.two_modes import TwoModes
from engine.fields.closed import reference
from engine.fields.field import Given
from engine.parts import Problem, Wrong
from engine.paths.spherical import Spherical
from engine.paths.straight import Straight
from engine.probe import Probe, Subject
from engine.registry import kinds
from engine.solvers.euler import Euler
from tests.engine.labs import LookedLab
from tests.engine.test_lab import SMALL, few_figures, finished, lab, replace  # noqa: F401

PROBES = kinds("probes")
LAWS = {
    "plain": (Gaussian(), TwoModes(separation=4.0)),
    "one point": (Gaussian(), SinglePoint()),
    "same points": (SinglePoint(at=1.0), SinglePoint(at=1.0)),
    "flat": (Gaussian(std=0.0), Gaussian(mean=2.0, std=0.0)),
    "an outlier": (Gaussian(), Drawn(dots=((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (1e6, 1e6, 1e6)))),
}


def subject(law: str, dim: int, pairs: int = 40, path: Any = Straight()) -> Subject:  # noqa: B008 - a frozen value
    source, target = LAWS[law]
    rng = np.random.default_rng(0)
    x0, x1 = source.sample(pairs, dim, rng), target.sample(pairs, dim, rng)
    problem = Problem(dim, 1, source, target, Independent(), path, x0, x1)
    v = Given(lambda x, t: 0.5 - x)
    return Subject(problem, Euler(steps=3), v, reference(problem))


def arrays(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays(getattr(value, field.name))


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("kind", PROBES)
def test_contract(kind: str, law: str, dim: int) -> None:
    """Over degenerate laws, too: an answer, or a sentence; nothing infinite in what is drawn; the same twice."""
    probe = PROBES[kind]()
    assert probe == PROBES[kind]() and hash(probe) == hash(PROBES[kind]()) and probe.about
    of = subject(law, dim)
    if not probe.applies(of):
        return
    found = []
    for _ in range(2):
        try:
            *slices, answer = probe.answer(of)
        except Wrong as wrong:
            assert str(wrong)
            return
        assert all(step is None for step in slices) and answer is not None
        found.append(answer)
    assert pickle.dumps(found[0]) == pickle.dumps(found[1])
    for array in arrays(found[0]):
        assert not np.isinf(array).any()


@pytest.mark.parametrize("pairs", [2, 3])
@pytest.mark.parametrize("kind", PROBES)
def test_few_pairs_and_curved_paths(kind: str, pairs: int) -> None:
    probe = PROBES[kind]()
    for of in (subject("plain", 2, pairs), subject("plain", 1, pairs, Spherical())):
        if probe.applies(of):
            *_, answer = probe.answer(of)
            assert answer is not None


@pytest.mark.parametrize("kind", PROBES)
def test_the_coupling_alone_has_no_velocity_to_look_at(kind: str) -> None:
    of = subject("plain", 2)
    alone = Subject(of.problem, of.solver)
    assert PROBES[kind]().applies(alone) <= (not PROBES[kind].live)


class Failing(Probe, frozen=True, tag="failing"):
    """Not registered: nobody but this test asks it."""

    about = "A probe that raises."
    how: str = "at once"

    def applies(self, subject: Subject) -> bool:
        if self.how == "when asked":
            raise KeyError("nobody knows")
        return super().applies(subject)

    def answer(self, subject: Subject, stop: Any = None) -> Iterator[Any]:
        if self.how == "after a while":
            yield None
        if self.how == "with a sentence":
            raise Wrong("lens", "there is nothing at this place")
        if self.how != "in silence":
            raise ZeroDivisionError("nothing left")


@pytest.mark.parametrize("how", ["at once", "after a while", "with a sentence", "in silence", "when asked"])
def test_a_probe_that_fails_says_so_and_takes_nothing_with_it(how: str) -> None:
    of = lab(SMALL)
    of.ask((Failing(how), *(PROBES[kind]() for kind in ("pairs", "trajectories"))), ("1",))
    while of.advance(0.01):
        of._watching.look(0.5, training=False)
    of._watching.look(5.0, training=False)
    (held,) = of.rounds()
    told = {answer.probe.kind: answer for answer in held.inquiries.answers(held.subject(Euler(), 0), "finished")}
    words = {
        "with a sentence": "nothing at this place",
        "in silence": "ended without an answer",
        "when asked": "KeyError",
    }
    assert words.get(how, "ZeroDivisionError: nothing left") in told["failing"].trouble
    assert told["failing"].value is None
    assert told["trajectories"].value is not None and told["pairs"].value is not None
    assert of.phase == "done" and held.own.figures.single and not of.error


class Slow(Probe, frozen=True, tag="slow"):
    """Counts how often it was begun, and ends after some slices."""

    about = "A slow probe."
    place: float = 0.0
    begun = []  # noqa: RUF012 - of this test

    def answer(self, subject: Subject, stop: Any = None) -> Iterator[Any]:
        self.begun.append(self.place)
        for _ in range(50):
            time.sleep(0.002)
            yield None
        yield np.array(self.place)


def test_old_questions_take_a_small_share_of_the_training() -> None:
    """A new one is answered at once; while v changes it is asked again, in at most a fifth of the time."""
    of = lab(replace(SMALL, training=replace(SMALL.training, steps=10_000_000)))
    of.ask((Slow(),), ())
    while not of.rounds() or of.rounds()[0].learning.trainee.step < 2:
        of.advance(0.0)
    begun = time.monotonic()
    assert of.look(5.0) and time.monotonic() - begun < 2.0
    trained = looked = 0.0
    while trained < 1.5:
        t0 = time.monotonic()
        of.advance(0.02)
        t1 = time.monotonic()
        of.look(0.05)
        trained, looked = trained + t1 - t0, looked + time.monotonic() - t1
    assert 0.02 < looked / (trained + looked) < 0.25


def test_an_answer_stays_while_another_one_is_made() -> None:
    """The lens moves: until the new place is known, the last one is there and says that it is old."""
    of = LookedLab("cpu", matched=64)
    of.adopt(SMALL)
    finished(of)
    of.ask((Slow(1.0),), ())
    of._watching.look(5.0, training=False)
    (held,) = of.rounds()
    of.ask((Slow(2.0),), ())
    of._watching.look(0.0, training=False)
    from engine.report import snapshot

    view = snapshot(of).rounds[1]
    assert view.answer(Slow(2.0)).probe == Slow(1.0) and view.found(Slow(2.0)) == 1.0
    of._watching.look(5.0, training=False)
    assert snapshot(of).rounds[1].found(Slow(2.0)) == 2.0
    of.ask((Slow(1.0),), ())  # back again: it is known
    Slow.begun.clear()
    of._watching.look(1.0, training=False)
    assert snapshot(of).rounds[1].found(Slow(1.0)) == 1.0 and not Slow.begun and held.v is not None


def test_patient_questions_wait_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a net trains, their first answer too comes in the share of old questions; else at once."""
    of = lab(replace(SMALL, training=replace(SMALL.training, steps=10_000_000)))
    monkeypatch.setattr(Slow, "patient", True)
    of.ask((Slow(),), ())
    while not of.rounds() or of.rounds()[0].learning.trainee.step < 2:
        of.advance(0.0)
    of._watching._credit = 0.0
    assert not of.look(5.0), "training has the time"
    of._watching.worked(5.0)
    of.look(5.0)
    assert of.rounds()[0].inquiries.found(Slow()) is not None, "its turn came"
