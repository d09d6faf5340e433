"""What is told of the work: whose steps, whose pace, which share; and that nobody's figures hold the next round up."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch

import engine.rounds.measuring
from engine.couplings.independent import Independent
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.gaussian import Gaussian
from engine.lab import Lab
from engine.learning.trainee import Trainee
from engine.metrics.fit_w2 import FitW2
from engine.operations.distil import Distil
from engine.paths.straight import Straight
from engine.registry import kinds
from engine.report import snapshot
from engine.solvers.rk4 import RK4
from engine.spec import Experiment, Measure, Training
from engine.sweeps.chart import _title
from engine.tree import Branch
from engine.velocities.exact import Exact
from engine.velocities.mlp import MLP
from tests.engine.labs import LOOKED, TRACED

SMALL = Experiment(
    source=Gaussian(),
    target=EightGaussians(),
    coupling=Independent(pairs=2000),
    velocity=MLP(width=16, depth=1),
    training=Training(steps=600, batch=64),
    measure=Measure(samples=64),
    rounds=1,
)
LEARNED = [kind for kind, part in kinds("velocities").items() if part.learns]


def changed(**words: object) -> Experiment:
    return Experiment(**{name: getattr(SMALL, name) for name in SMALL.__struct_fields__} | words)


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.rounds.measuring, "kinds", lambda family: {})


@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.parametrize("velocity", [Exact(), MLP(width=16, depth=1)], ids=["exact", "mlp"])
def test_a_reference_that_learns_tells_its_own_steps(velocity: object, kind: str, no_figures: None) -> None:
    """Not those of the round, which is at its end; and no rate of both."""
    lab = Lab("cpu")
    lab.adopt(changed(velocity=velocity, reference=kinds("velocities")[kind](width=24)))
    seen = []
    while lab.advance(0.01):
        if lab.rounds() and lab.rounds()[0].v is not None and lab.phase == "training":
            seen.append(snapshot(lab))
    steps = [shown.step for shown in seen]
    assert len(steps) > 2 and steps == sorted(steps) and steps[0] < 300 and {shown.steps for shown in seen} == {600}
    assert {shown.doing for shown in seen} == {"training the reference"} and {shown.working for shown in seen} == {1}
    assert [shown.done for shown in seen] == [step / 600 for step in steps]
    paced = [shown for shown in seen if shown.rate]
    assert paced, "no rate was told"
    for shown in paced:
        assert shown.seconds_left == pytest.approx((600 - shown.step) / shown.rate)
    assert lab.trainee is None, "what is finished lets go of its memory"
    lab.adopt(changed(velocity=velocity, reference=kinds("velocities")[kind](width=25)))
    lab.advance(0.03, train=False)
    assert snapshot(lab).phase == "paused" and snapshot(lab).step == 0 and snapshot(lab).seconds_left is None


def test_the_steps_of_a_finished_round_stay() -> None:
    lab = Lab("cpu")
    lab.adopt(changed(training=Training(steps=40, batch=64)))
    while lab.advance(0.1):
        pass
    shown = snapshot(lab)
    assert (shown.phase, shown.step, shown.steps, shown.rate) == ("done", 40, 40, 0.0)


@pytest.mark.parametrize("path", [kind for kind, part in kinds("paths").items() if not part.straight])
def test_a_distilled_round_is_shown_on_its_own_path(path: str, no_figures: None) -> None:
    """One step is straight, however the experiment's path is curved."""
    few = Training(steps=5, batch=16)
    lab = Lab("cpu")
    lab.adopt(changed(path=kinds("paths")[path](), training=few, branches=(Branch("one", 1, Distil()),)))
    while lab.advance(0.1):
        pass
    views = {view.name: view for view in snapshot(lab).rounds}
    assert views["one.1"].path == Straight() and views["one.1"].one_step and views["1"].path.kind == path


@pytest.mark.parametrize("kind", [kind for kind, metric in kinds("metrics").items() if metric.ladder])
def test_the_title_of_a_sweep_names_what_its_rungs_are(kind: str) -> None:
    metric = kinds("metrics")[kind]
    title = _title(f"{kind}_{metric.ladder[0]:g}")
    assert f", {metric.axis} = {metric.ladder[0]:g}" in title and title.count(" = ") == 1
    assert metric.axis in ("N", "p", "t")


# --- figures hold nobody up ---


def test_the_next_round_begins_before_the_figures_of_the_one_before() -> None:
    """Asked for in the middle of the longest figures: the pairs at once, the figures after its training."""
    told = threading.Event()
    lab = Lab("cpu", stop=told.is_set)
    wanted = {"training": Training(steps=60, batch=64), "measure": Measure(samples=65_536)}
    lab.adopt(changed(**wanted))
    while not (lab.phase == "measuring" and lab.rounds()[0].own.figures.single):
        lab.advance(0.02)
    timer = threading.Timer(0.5, told.set)
    timer.start()
    while not told.is_set():
        lab.advance(1.0)
    begun = time.monotonic()
    told.clear()
    lab.adopt(changed(rounds=2, **wanted))
    known = set(lab.rounds()[0].own.figures.single)
    while len(lab.rounds()) < 2 or lab.rounds()[1].v is None:
        assert set(lab.rounds()[0].own.figures.single) == known and lab.phase != "measuring"
        lab.advance(0.0)
    assert time.monotonic() - begun < 10
    lab.advance(0.0)
    while lab.advance(0.05) and len(lab.rounds()[0].own.figures.single) < len(known) + 2:
        assert 0 <= lab.done <= 1 and snapshot(lab).doing


def test_the_share_of_the_figures_rises() -> None:
    lab, shares = Lab("cpu"), []
    lab.adopt(changed(velocity=Exact()))
    while lab.advance(0.0):
        if lab.phase == "measuring" and not lab.doing.endswith("closed form v*"):
            shares.append(lab.done)
    assert len(shares) > 10 and shares == sorted(shares) and shares[-1] > 0.8


def test_an_exact_matching_hears_a_stop() -> None:
    """It cannot be interrupted, so it is done aside and given up."""
    told = threading.Event()
    lab = Lab("cpu", stop=told.is_set)
    lab.adopt(changed(velocity=Exact(), measure=Measure(samples=2048)))
    while not lab.rounds():
        lab.advance(0.0)
    held = lab.rounds()[0]
    evidence = lab._evidence(held, held.v)
    _ = evidence.generated, evidence.target
    timer = threading.Timer(0.3, told.set)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(engine.rounds.measuring.Stopped), engine.lab.heeding(told.is_set):
        for _ in range(100):
            FitW2().of(evidence)
    assert time.monotonic() - begun < 1.0
    timer.join()
    assert np.isfinite(evidence.generated[0]).all()


# --- what is shown is of what there is ---


@pytest.mark.parametrize(("before", "after"), [(0.999, 0.0), (0.999, 0.9), (0.0, 0.999)])
def test_an_edit_of_the_average_in_a_pause_is_seen(before: float, after: float) -> None:
    """Between averaged weights and raw ones v changes without a step: an answer of before is none of now."""
    lab = Lab("cpu")
    lab.adopt(changed(training=Training(steps=600, batch=64, ema=before)))
    while not lab.rounds() or lab.rounds()[0].learning.trainee.step < 100:
        lab.advance(0.02)
    (held,) = lab.rounds()
    lab.ask(LOOKED)
    while lab.asked:
        lab.look(1.0)
    shown = held.learning.now()[0].flat.clone()
    lab.adopt(changed(training=Training(steps=600, batch=64, ema=after)))
    lab.advance(0.0, train=False)
    differs = not torch.equal(held.learning.now()[0].flat, shown)
    assert differs == (after == 0.0)
    assert lab.asked or not differs, "the picture is of other weights, and nobody asks"
    answers = snapshot(lab).rounds[1].answers
    assert not differs or not all(answer.fresh for answer in answers)


def test_the_velocity_of_a_step_is_copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for several times at every look; the widest net has 130 MB."""
    lab = Lab("cpu")
    lab.adopt(changed())
    while not lab.rounds() or lab.rounds()[0].learning.trainee.step < 10:
        lab.advance(0.0)
    copies, real = [], Trainee.field
    monkeypatch.setattr(Trainee, "field", lambda trainee: copies.append(trainee.step) or real(trainee))
    lab.ask(LOOKED)
    for _ in range(20):
        lab.look(0.01)
        snapshot(lab)
    assert len(copies) == 1


def test_a_probe_that_fails_again_and_again_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*given: object) -> object:
        raise ZeroDivisionError("no reason")

    monkeypatch.setattr(type(TRACED), "answer", broken)
    lab = Lab("cpu")
    lab.adopt(changed())
    lab.ask((TRACED,))
    while not lab.rounds() or lab.rounds()[0].v is None:
        lab.advance(0.02)
        lab.look(0.02)
    assert caplog.text.count("the probe trajectories failed") == 1
    assert "no reason" in lab.rounds()[0].inquiries.answers(lab.coupling(), "")[0].trouble


def test_a_broken_round_still_says_so_after_another_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence went with the next edit of the solver, and the round stood there without a word."""
    real = Trainee.advance

    def broken(trainee: Trainee, steps: int) -> None:
        if trainee.step >= 20:
            raise ZeroDivisionError("out of paper")
        real(trainee, steps)

    monkeypatch.setattr(Trainee, "advance", broken)
    lab = Lab("cpu")
    lab.adopt(changed())
    while lab.advance(0.1):
        pass
    said = snapshot(lab).message
    assert "out of paper" in said
    lab.adopt(changed(solver=RK4(steps=7)))
    while lab.advance(0.1):
        pass
    assert lab.phase == "stopped" and snapshot(lab).message == said


def test_a_restart_belongs_to_its_experiment() -> None:
    """A, B, A; then a restart of A and an edit to B come as one request: B keeps its rounds, and A is new later."""
    a, b = changed(seed=1), changed(seed=2)
    lab = Lab("cpu")
    kept = {}
    for experiment in (a, b):
        lab.adopt(experiment)
        while not lab.rounds() or lab.rounds()[0].learning.trainee.step < 20:
            lab.advance(0.01)
        kept[experiment] = lab.rounds()[0]
    lab.adopt(a)
    assert lab.rounds()[0] is kept[a]
    lab.adopt(b, 0)  # what came in between, a at attempt 1, was never read
    assert lab.rounds()[0] is kept[b] and lab.rounds()[0].learning.trainee.step >= 20
    lab.adopt(a, 1)
    assert not lab.rounds()
    lab.adopt(b, 0)
    assert lab.rounds()[0] is kept[b]
