"""The reconciler: what an edit keeps and what it redoes, and that nothing but the Experiment decides the numbers."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import msgspec
import numpy as np
import pytest

import engine.rounds.measuring
from engine.couplings.independent import Independent
from engine.distributions.drawn import Drawn
from engine.distributions.file import File
from engine.distributions.gaussian import Gaussian
from engine.distributions.single_point import SinglePoint
from engine.distributions.two_modes import TwoModes
from engine.distributions.uniform_box import UniformBox
from engine.evidence.crossings import page_crossings
from engine.evidence.figures import Figures
from engine.motion.flow import ACCURATE, end_points
from engine.motion.stopping import Stopped
from engine.parts import Problem, Velocity, Wrong
from engine.paths.spherical import Spherical
from engine.paths.straight import Straight
from engine.preview import preview
from engine.probe import Subject, answered
from engine.probes.trajectories import COMPARED, order_changes
from engine.registry import kinds
from engine.rounds.round import Round
from engine.shelf import MOST as SHELF
from engine.snapshot import PHASES, Snapshot
from engine.solvers.dopri5 import Dopri5
from engine.solvers.euler import Euler
from engine.solvers.rk4 import RK4
from engine.spec import Experiment, Measure, Training
from engine.velocities.exact import Exact
from engine.velocities.finite_data import FiniteData
from engine.velocities.mlp import MLP
from tests.engine.labs import CROSSED, ENDS, FLOOR, GAP, TRACED
from tests.engine.labs import LookedLab as Lab

SMALL = Experiment(
    seed=5,
    rounds=1,
    source=Gaussian(),
    target=TwoModes(separation=4.0),
    coupling=Independent(pairs=300),
    velocity=MLP(width=8, depth=1),
    training=Training(steps=30, batch=32, schedule="constant"),
    solver=Euler(steps=4),
    measure=Measure(samples=64),
)
replace = msgspec.structs.replace
SHOWN = TRACED.count


def lab(experiment: Experiment = SMALL, **options: object) -> Lab:
    made = Lab("cpu", matched=64, **options)
    made.adopt(experiment)
    return made


def finished(of: Lab, seconds: float = 10.0) -> Lab:
    while of.advance(seconds):
        pass
    return of


def until(of: Lab, there: Callable[[], bool], train: bool = True) -> None:
    """Slices as short as they get, until ``there``."""
    while not there():
        assert of.advance(0.0, train), "the work ended before"


def outcome(held: Round) -> tuple:
    """What a finished round is, as bytes and numbers; but for the figures of the solver on display."""
    flat = held.v.flat.numpy().tobytes() if held.v.flat is not None else b""
    z1 = held.z1.tobytes() if held.z1 is not None else b""
    return (
        flat,
        held.problem.x0.tobytes(),
        held.problem.x1.tobytes(),
        z1,
        {kind: e for kind, e in held.own.figures.single.items() if "solver" not in kinds("metrics")[kind].rests},
        held.own.figures.ladders,
    )


FEW = ("loss", "crossing", "fit_gap")


@pytest.fixture
def all_figures() -> None:
    """For tests that want every metric measured."""


@pytest.fixture(autouse=True)
def few_figures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three figures cost little, and are enough where figures are not the point."""
    if "all_figures" not in request.fixturenames:
        metrics = {kind: kinds("metrics")[kind] for kind in FEW}
        monkeypatch.setattr(engine.rounds.measuring, "kinds", lambda family: metrics)


@cache
def _ideal(experiment: Experiment, figures: int) -> tuple[tuple, ...]:
    return tuple(outcome(held) for held in finished(lab(experiment)).rounds())


def ideal(experiment: Experiment) -> tuple[tuple, ...]:
    """The outcome of every round of an undisturbed run."""
    return _ideal(experiment, len(engine.rounds.measuring.kinds("metrics")))


def arrays(snapshot: Snapshot) -> dict[str, bytes]:
    """Every array of a snapshot, by its place."""
    found = {"source": snapshot.source.tobytes(), "target": snapshot.target.tobytes()}
    for view in snapshot.rounds:
        found[f"{view.number}.losses"] = view.losses.tobytes()
        found[f"{view.number}.figures"] = pickle.dumps((view.figures, view.beside))
        for answer in view.answers:
            whole = answer.value.__dict__ if dataclasses.is_dataclass(answer.value) else {}
            for name, value in whole.items():
                if isinstance(value, np.ndarray):
                    found[f"{view.number}.{answer.probe.kind}.{name}"] = value.tobytes()
    return found


# --- one experiment to its end ---


def test_two_rounds_to_the_end(all_figures: None) -> None:
    of = finished(lab(replace(SMALL, rounds=2)))
    shown = of.snapshot(request=7)
    assert of.phase == shown.phase == "done" and shown.request == 7 and not shown.busy and not shown.message
    assert shown.spec == replace(SMALL, rounds=2)
    assert [view.number for view in shown.rounds] == [0, 1, 2]
    assert all(view.finished for view in shown.rounds)
    assert [bool(view.velocity) for view in shown.rounds] == [False, True, True]
    for view in shown.rounds[1:]:
        flow, pairs = view.found(TRACED), view.found(ENDS)
        assert flow.z.shape == (5, 300, 2) and flow.times.tolist() == [0, 0.25, 0.5, 0.75, 1]
        assert np.array_equal(flow.z[0], pairs.x0) and flow.order_changes is None
        assert {array.dtype for array in (pairs.x0, pairs.x1, flow.z)} == {np.dtype(np.float32)}
        assert view.losses[-1][0] == 30 and view.velocity == "net" and not view.exact
        assert view.figures.single["loss"].n == 64 and view.figures.ladders["euler_error"][1].value > 0
    assert np.array_equal(shown.rounds[2].found(ENDS).x0, shown.rounds[1].found(ENDS).x0)


def test_no_rounds_is_the_coupling_alone() -> None:
    shown = finished(lab(replace(SMALL, rounds=0))).snapshot()
    assert shown.phase == "done" and [view.number for view in shown.rounds] == [0]
    assert shown.source.shape == shown.target.shape == (300, 2)


def test_phases_are_known() -> None:
    of, seen = lab(replace(SMALL, rounds=2)), set()
    while of.advance(0.0):
        seen.add(of.phase)
        assert of.snapshot().busy
    assert seen == {"sampling", "training", "measuring", "pairing"} and seen < set(PHASES)


def test_snapshot_at_any_moment(all_figures: None) -> None:
    """From the first to the last slice: numbers follow places, nothing is infinite, values can be sent elsewhere."""
    of = lab(replace(SMALL, rounds=2))
    for _ in range(1000):
        more = of.advance(0.0)
        shown = of.snapshot()
        assert [view.number for view in shown.rounds] == list(range(len(shown.rounds)))
        flows = [view.found(TRACED) for view in shown.rounds]
        assert all(np.isfinite(flow.z).all() for flow in flows if flow is not None)
        assert 0 <= shown.done <= 1 and shown.steps in (0, 30) and shown.step <= 30
        if not more:
            break
    again = pickle.loads(pickle.dumps(shown))
    assert again.spec == shown.spec and arrays(again) == arrays(shown)


def test_pairs_of_the_next_round_are_the_ends_of_the_last() -> None:
    of = finished(lab(replace(SMALL, rounds=2)))
    first, second = of.rounds()
    assert np.array_equal(second.problem.x0, first.problem.x0)
    assert np.array_equal(second.problem.x1, end_points(first.v, first.problem.x0, ACCURATE))
    assert second.z1 is None and finished(lab(last_pairs=True)).rounds()[0].z1.shape == (300, 2)


# --- what an edit keeps ---


def test_solver_edit_keeps_every_weight() -> None:
    of = finished(lab())
    held, before, shown = of.rounds()[0], outcome(of.rounds()[0]), of.snapshot()
    of.adopt(replace(SMALL, solver=RK4(steps=2)))
    assert not of.advance(0.0)  # nothing is missing
    assert of.rounds() == [held] and outcome(held) == before
    other = of.snapshot()
    assert other.phase == "done" and other.rounds[1].found(TRACED).times.tolist() == [0, 0.5, 1]
    assert other.rounds[1].figures.single == shown.rounds[1].figures.single
    assert not np.allclose(other.rounds[1].found(TRACED).z[-1], shown.rounds[1].found(TRACED).z[-1])
    expected = end_points(held.v, held.problem.x0[:SHOWN], RK4(steps=2))
    assert np.allclose(other.rounds[1].found(TRACED).z[-1], expected, atol=1e-6)


def test_solver_edit_during_training_goes_on() -> None:
    of = lab()
    until(of, lambda: of.rounds() and of.rounds()[0].learning.trainee.step > 3)
    held, step = of.rounds()[0], of.rounds()[0].learning.trainee.step
    of.adopt(replace(SMALL, solver=RK4(steps=2)))
    assert of.rounds() == [held] and held.learning.trainee.step == step
    assert outcome(finished(of).rounds()[0]) == ideal(SMALL)[0]


def test_training_edit_goes_on_with_the_same_weights() -> None:
    longer = replace(SMALL, training=Training(steps=2000, batch=32))
    of = lab(longer)
    until(of, lambda: of.rounds() and of.rounds()[0].learning.trainee.step > 3)
    held, trainee, step = of.rounds()[0], of.rounds()[0].learning.trainee, of.rounds()[0].learning.trainee.step
    before = trainee.field().flat.clone()
    of.adopt(replace(longer, training=Training(steps=step + 10, batch=8, rate=1e-2)))
    assert of.rounds() == [held] and held.learning.trainee is trainee and trainee.step == step
    assert trainee.field().flat.equal(before)
    finished(of)
    assert trainee.step == step + 10 and of.snapshot().phase == "done"


def test_more_steps_during_training_are_a_longer_run() -> None:
    longer = replace(SMALL, training=Training(steps=60, batch=32, schedule="constant"))
    of = lab()
    until(of, lambda: of.rounds() and of.rounds()[0].learning.trainee.step > 3)
    of.adopt(longer)
    assert outcome(finished(of).rounds()[0]) == ideal(longer)[0]


def figures_of(of: Lab) -> list[Figures]:
    return [view.figures for view in of.snapshot().rounds]


def test_finished_round_does_not_change(all_figures: None) -> None:
    """Whatever is trained, measured or shown afterwards."""
    of = finished(lab(replace(SMALL, rounds=1), last_pairs=True))
    held, before, view, figures = of.rounds()[0], outcome(of.rounds()[0]), arrays(of.snapshot()), figures_of(of)
    for edit in ({"training": Training(steps=50, batch=16)}, {"solver": RK4(steps=2)}, {"rounds": 2}):
        of.adopt(replace(of.experiment, **edit))
        finished(of)
        assert of.rounds()[0] is held and outcome(held) == before
    of.adopt(replace(SMALL, rounds=1))
    finished(of)
    again = arrays(of.snapshot())
    assert {k: v for k, v in again.items() if k != "1.figures"} == {k: v for k, v in view.items() if k != "1.figures"}
    assert figures_of(of) == figures  # those of the solver come last now
    with pytest.raises((AttributeError, TypeError)):
        held.problem.x0 = held.problem.x1


def test_measure_edit_measures_anew() -> None:
    of = finished(lab())
    held, flat = of.rounds()[0], of.rounds()[0].v.flat.clone()
    of.adopt(replace(SMALL, measure=Measure(samples=128)))
    finished(of)
    assert of.rounds() == [held] and held.v.flat.equal(flat)
    assert held.own.figures.single["loss"].n == 128 and of.snapshot().rounds[1].figures.single["loss"].n == 128


def test_rounds_up_and_down() -> None:
    """Up grows from the last one's pairs; down hides; up again brings the same rounds back at once."""
    of = finished(lab())
    first = of.rounds()[0]
    of.adopt(replace(SMALL, rounds=2))
    assert of.advance(0.0)
    finished(of)
    second = of.rounds()[1]
    assert of.rounds()[0] is first
    before = arrays(of.snapshot())
    of.adopt(SMALL)
    assert of.rounds() == [first] and not of.advance(0.0)
    assert len(of.snapshot().rounds) == 2
    of.adopt(replace(SMALL, rounds=2))
    assert of.rounds() == [first, second] and not of.advance(0.0)
    assert arrays(of.snapshot()) == before
    assert outcome(second) == ideal(replace(SMALL, rounds=2))[1]


def test_rounds_down_during_training_and_up_again() -> None:
    """The hidden round waits where it was."""
    of = lab(replace(SMALL, rounds=2))
    until(of, lambda: len(of.rounds()) == 2 and of.rounds()[1].learning.trainee.step > 3)
    second = of.rounds()[1]
    of.adopt(SMALL)
    finished(of)
    assert len(of.rounds()) == 1 and second.learning.trainee.step < 30
    of.adopt(replace(SMALL, rounds=2))
    assert finished(of).rounds()[1] is second
    assert outcome(second) == ideal(replace(SMALL, rounds=2))[1]


def test_hidden_round_of_other_numbers_does_not_come_back() -> None:
    of = finished(lab(replace(SMALL, rounds=2)))
    first, second = of.rounds()
    other = Training(steps=20, batch=16)
    of.adopt(replace(SMALL, training=other))
    of.adopt(replace(SMALL, training=other, rounds=2))
    finished(of)
    assert of.rounds()[0] is first
    assert of.rounds()[1] is not second and of.rounds()[1].learning.trainee.step == 20


@pytest.mark.parametrize(
    "edit",
    [
        {"seed": 6},
        {"dim": 1},
        {"source": Gaussian(std=2.0)},
        {"target": TwoModes(separation=5.0)},
        {"coupling": Independent(pairs=301)},
        {"velocity": MLP(width=9, depth=1)},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_edit_that_restarts(edit: dict) -> None:
    of = finished(lab())
    held = of.rounds()[0]
    of.adopt(replace(SMALL, **edit))
    assert of.rounds() == []
    until(of, lambda: of.rounds() and of.rounds()[0].learning.trainee.step > 0)
    assert of.rounds()[0].learning.trainee is not held.learning.trainee
    assert [view.number for view in of.snapshot().rounds] == [0, 1] and of.snapshot().spec == of.experiment


def test_edit_leaves_no_trace_of_what_was_before() -> None:
    changed = replace(SMALL, source=Gaussian(std=2.0))
    of = finished(lab())
    of.adopt(changed)
    assert [outcome(held) for held in finished(of).rounds()] == list(ideal(changed)) != list(ideal(SMALL))


def test_undo_brings_finished_rounds_back_at_once() -> None:
    of = finished(lab())
    held, before = of.rounds()[0], arrays(of.snapshot())
    of.adopt(replace(SMALL, source=Gaussian(std=2.0)))
    until(of, lambda: of.rounds() and of.rounds()[0].learning.trainee.step > 3)
    half = of.rounds()[0]
    of.adopt(SMALL)
    assert of.rounds() == [held] and not of.advance(0.0) and arrays(of.snapshot()) == before
    of.adopt(replace(SMALL, source=Gaussian(std=2.0)))  # redo: where it was left
    assert of.rounds() == [half] and half.learning.trainee.step > 3


def test_shelf_is_small() -> None:
    of = finished(lab())
    held = of.rounds()[0]
    for k in range(SHELF - 1):
        of.adopt(replace(SMALL, seed=100 + k))
    of.adopt(SMALL)
    assert of.rounds() == [held]
    for k in range(SHELF):
        of.adopt(replace(SMALL, seed=100 + k))
        finished(of)  # those without any work behind them would be the first to go
    of.adopt(SMALL)
    assert of.rounds() == []


def test_new_attempt_starts_anew() -> None:
    of = finished(lab())
    held = of.rounds()[0]
    of.adopt(SMALL, attempt=1)
    assert of.rounds() == []
    assert finished(of).rounds()[0] is not held and outcome(of.rounds()[0]) == outcome(held)


# --- what decides the numbers ---


def test_same_experiment_same_bits(all_figures: None) -> None:
    """Twice; however the work is sliced, and whatever is watched on the way."""
    two = replace(SMALL, rounds=2)
    whole = list(ideal(two))
    assert [outcome(held) for held in finished(lab(two)).rounds()] == whole
    cut = lab(two)
    while cut.advance(0.0):
        cut.snapshot()
    assert [outcome(held) for held in cut.rounds()] == whole
    paused = lab(two)
    until(paused, lambda: paused.rounds() and paused.rounds()[0].learning.trainee.step > 3)
    assert not paused.advance(1.0, train=False) and paused.phase == "paused"
    assert [outcome(held) for held in finished(paused).rounds()] == whole


def test_seed_decides_everything() -> None:
    a, b = (finished(lab(replace(SMALL, seed=seed))).rounds()[0] for seed in (0, 1))
    flat, x0, x1, _, metrics, _ = outcome(a)
    other = outcome(b)
    assert flat != other[0] and x0 != other[1] and x1 != other[2] and metrics != other[4]


def test_displayed_solver_does_not_touch_the_data(all_figures: None) -> None:
    """One Euler step on display: the next round's pairs and weights are those of an accurate one, bit for bit."""
    rough, fine = (finished(lab(replace(SMALL, rounds=2, solver=s))).rounds() for s in (Euler(steps=1), RK4(steps=9)))
    assert [outcome(held) for held in rough] == [outcome(held) for held in fine]


def test_rounds_have_random_numbers_of_their_own() -> None:
    first, second = finished(lab(replace(SMALL, rounds=2, training=Training(steps=1, rate=1e-12)))).rounds()
    assert not first.v.flat.equal(second.v.flat)


def test_pause_makes_no_step() -> None:
    of = lab()
    until(of, lambda: of.rounds() and of.rounds()[0].learning.trainee.step > 3)
    step = of.rounds()[0].learning.trainee.step
    for _ in range(3):
        assert not of.advance(0.05, train=False)
    assert of.phase == "paused" and of.rounds()[0].learning.trainee.step == step
    assert of.advance(0.0) and of.rounds()[0].learning.trainee.step > step


# --- trouble ---


def test_divergence_stops_its_round_and_keeps_the_earlier_ones() -> None:
    of = finished(lab())
    first, before = of.rounds()[0], outcome(of.rounds()[0])[:3]
    wild = Training(steps=2000, batch=32, rate=10.0)
    of.adopt(replace(SMALL, rounds=3, training=wild))
    finished(of)
    shown = of.snapshot()
    assert of.phase == "stopped" and len(of.rounds()) == 2 and len(shown.rounds) == 3
    step = of.rounds()[1].learning.trainee.step
    assert shown.message == (
        f"Training of round 2 diverged at step {step:,}; its last good weights are kept. Try a smaller learning rate."
    )
    assert shown.rounds[2].warning == shown.message and not shown.rounds[1].warning
    assert of.rounds()[0] is first and outcome(first)[:3] == before
    assert shown.rounds[1].finished and np.isfinite(shown.rounds[2].found(TRACED).z).all()
    assert all(np.isfinite(e.value) for e in shown.rounds[2].figures.single.values())
    of.adopt(SMALL)
    assert not of.advance(0.0) and of.snapshot().phase == "done" and not of.snapshot().message


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (
            {"source": UniformBox(), "velocity": Exact()},
            "velocity: no closed form starts from 'uniform box'; choose a gaussian or a mixture as source",
        ),
        (
            {"source": UniformBox(), "velocity": FiniteData()},
            "velocity: finite data needs a gaussian or a mixture with spread as source",
        ),
        (
            {"target": Drawn(jitter=0.1), "velocity": Exact()},
            "velocity: no closed form leads to 'drawn'; choose a mixture or finite points as target",
        ),
        (
            {"source": Gaussian(std=0.0), "velocity": Exact()},
            "source: a spread of 0 leaves single points, and no flow spreads a point; give a value above 0",
        ),
    ],
)
def test_impossible_velocity_is_one_sentence(case: dict, sentence: str) -> None:
    of = finished(lab(replace(SMALL, **case)))
    shown = of.snapshot()
    assert shown.phase == "stopped" and shown.message == sentence
    assert [view.number for view in shown.rounds] == [0]  # the pairs can still be seen
    assert not of.advance() and of.rounds() == []
    of.adopt(SMALL)
    assert finished(of).snapshot().phase == "done" and not of.snapshot().message


def test_second_round_that_cannot_be_keeps_the_first() -> None:
    of = finished(lab(replace(SMALL, rounds=2, velocity=FiniteData(points=20))))
    shown = of.snapshot()
    assert shown.phase == "stopped" and len(shown.rounds) == 2 and shown.rounds[1].finished
    assert shown.rounds[1].found(GAP) is not None  # the closed form still stands beside it
    assert of.error == shown.message and not of.advance()
    assert shown.message == (
        "velocity: finite data holds for the first round, except towards one point: later pairs are not independent; "
        "choose kernel"
    )


def test_data_file_that_has_gone(tmp_path: object) -> None:
    file = tmp_path / "points.csv"
    file.write_text("1,2\n3,4\n")
    gone = replace(SMALL, target=File(path=str(file))).check()
    file.unlink()
    of = finished(lab(gone))
    assert of.snapshot().message == "path: points.csv: does not exist; choose another file"
    assert of.snapshot().rounds == ()
    of.adopt(SMALL)
    assert finished(of).snapshot().phase == "done"


def test_solver_that_fails_spoils_the_picture_alone() -> None:
    """A tolerance out of reach: the sentence, the pairs, and the figures, which rest on another solver."""

    class Impossible(Dopri5, frozen=True, tag="impossible"):
        def step(self, v: object, x: object, t: float, h: float) -> object:
            raise Wrong("solver.tolerance", "cannot be reached")

    of = finished(lab())
    of.adopt(replace(SMALL, solver=Impossible()))
    assert not of.advance(0.0)
    shown = of.snapshot()
    answer = shown.rounds[1].answer(TRACED)
    assert answer.trouble == "solver.tolerance: cannot be reached" and answer.value is None and not shown.message
    assert len(shown.rounds) == 2 and shown.rounds[1].found(ENDS) is not None
    of.adopt(SMALL)
    assert of.snapshot().rounds[1].found(TRACED).z is not None


def test_failure_is_that_of_one_experiment() -> None:
    of = finished(lab())
    of.adopt(replace(SMALL, seed=9))
    of.fail("This experiment cannot go on: no reason")
    assert not of.advance() and of.snapshot().message == "This experiment cannot go on: no reason"
    of.adopt(SMALL)
    assert not of.snapshot().message and of.rounds()[0].v is not None


@pytest.mark.parametrize("edit", [{"rounds": 2}, {"seed": 9}, {"measure": Measure(samples=128)}], ids=str)
def test_phase_does_not_outlive_its_experiment(edit: dict) -> None:
    """Stopped before the first slice for a new experiment: what is missing is not "done"."""
    of = finished(lab())
    of.adopt(replace(SMALL, **edit))
    of._stop = lambda: True
    assert of.advance(1.0)
    of._stop = lambda: False
    assert of.snapshot().phase != "done"


def test_device_that_is_not_there() -> None:
    with pytest.raises(Wrong, match="device: 'abacus' is not known; known are auto, cuda, mps, cpu"):
        Lab("abacus")


# --- stop ---


def test_stop_ends_a_slice_at_once_and_loses_nothing(all_figures: None) -> None:
    """A stop at every 200th question, wherever that is: the same bits in the end."""
    asked = [0]

    def stop() -> bool:
        asked[0] += 1
        return asked[0] % 200 == 0

    two = replace(SMALL, rounds=2)
    of = lab(two, stop=stop)
    slices = 0
    while of.advance(60.0):
        slices += 1
        with suppress(Stopped):
            of.snapshot()
    assert slices > 3
    assert [outcome(held) for held in of.rounds()] == list(ideal(two))


@pytest.mark.parametrize("phase", ["training", "pairing", "measuring"])
def test_stop_in_every_phase(phase: str) -> None:
    """Asked in the midst of a slice that has a minute: what was begun is put down, not finished."""
    now = [False]
    of = lab(replace(SMALL, rounds=2, training=Training(steps=100_000, batch=8)), stop=lambda: now[0])
    if phase != "training":
        until(of, lambda: bool(of.rounds()))
        of.adopt(replace(of.experiment, training=Training(steps=5, batch=8)))
    until(of, lambda: of.phase == phase)
    of._stop = _after(3, now)
    assert of.advance(60.0)
    before = [(held.learning.trainee.step, len(held.own.figures.single), held.z1 is None) for held in of.rounds()]
    now[0] = True
    assert of.advance(60.0)
    assert [
        (held.learning.trainee.step, len(held.own.figures.single), held.z1 is None) for held in of.rounds()
    ] == before
    assert len(of.rounds()) == 1


def _after(questions: int, now: list[bool]) -> Callable[[], bool]:
    """A stop that comes with the n-th question and stays."""
    asked = [0]

    def stop() -> bool:
        asked[0] += 1
        return now[0] or asked[0] > questions

    return stop


# --- snapshots ---


def test_snapshot_does_not_change_afterwards() -> None:
    of, kept = lab(replace(SMALL, rounds=2)), []
    while of.advance(0.0):
        if len(kept) < 40:
            shown = of.snapshot()
            kept.append((shown, arrays(shown)))
    of.adopt(replace(SMALL, rounds=2, solver=RK4(steps=3)))
    of.snapshot()
    assert all(arrays(shown) == before for shown, before in kept)


def test_picture_is_kept_while_nothing_changes() -> None:
    """Nothing is solved anew for a second look at a finished round."""
    of = finished(lab())
    assert of.snapshot().rounds[1].found(TRACED).z is of.snapshot().rounds[1].found(TRACED).z


def test_floor_is_known_before_the_round_ends() -> None:
    of = lab()
    until(of, lambda: bool(of.rounds()))
    floor = of.snapshot().rounds[1].found(FLOOR)
    assert floor.n == 300 and not of.snapshot().rounds[1].finished
    finished(of)
    V = of.rounds()[0].own.figures.single["crossing"]
    assert abs(floor.value - V.value) < 4 * V.error


def test_picture_before_training_is_the_closed_form() -> None:
    of = lab()
    until(of, lambda: bool(of.rounds()))
    shown = of.snapshot().rounds[1]
    assert shown.exact and shown.velocity == "closed form v*" and not shown.finished
    first = preview(SMALL, (TRACED,))
    assert np.array_equal(first.rounds[1].found(TRACED).z, shown.found(TRACED).z)
    assert np.array_equal(first.source, of.snapshot().source)


def test_exact_velocities_over_rounds(all_figures: None) -> None:
    """Gaussian to Gaussian stays closed; a mixture goes on by local regression on its pairs, and says so."""
    exact = replace(SMALL, rounds=2, velocity=Exact(), target=Gaussian(mean=3.0))
    shown = finished(lab(exact)).snapshot()
    assert [view.velocity for view in shown.rounds] == ["", "closed form v*", "closed form v*"]
    assert shown.rounds[2].figures.single["straightness"].value < 1e-12
    shown = finished(lab(replace(exact, target=TwoModes()))).snapshot()
    assert shown.rounds[2].velocity == "local regression on the pairs" and not shown.rounds[2].exact
    shown = finished(lab(replace(exact, target=SinglePoint(), rounds=1))).snapshot()
    assert np.allclose(shown.rounds[1].found(TRACED).z[-1], 2.0, atol=1e-5)


@pytest.mark.parametrize("velocity", [Exact(), FiniteData(points=50), SMALL.velocity], ids=lambda v: v.kind)
def test_loss_is_its_floor_and_the_gap(velocity: Velocity) -> None:
    """L(v) = V + (L(v) - V), whatever v is: also one that is exact for other data than the round's pairs."""
    held = finished(lab(replace(SMALL, velocity=velocity, measure=Measure(samples=300)))).rounds()[0]
    loss, floor, gap = (held.own.figures.single[kind].value for kind in ("loss", "crossing", "fit_gap"))
    assert abs(loss - floor - gap) < 0.2 * loss


# --- crossings ---


def test_trajectories_of_an_exact_velocity_never_cross() -> None:
    """In 1-D lines cross in half of all cases, 1/2 for independent pairs; trajectories of a flow keep their order."""
    one = replace(SMALL, dim=1, velocity=Exact(), solver=RK4(steps=64))
    shown = finished(lab(one)).snapshot()
    assert shown.rounds[1].found(TRACED).order_changes == 0
    pairs = shown.rounds[0]
    assert pairs.found(CROSSED).of == COMPARED and len(pairs.found(CROSSED).at) / (COMPARED * (COMPARED - 1) / 2) > 0.4


def test_crude_steps_do_cross() -> None:
    """Two modes, three Euler steps: particles stride past each other."""
    one = replace(SMALL, dim=1, source=TwoModes(separation=4.0), velocity=Exact(), solver=Euler(steps=3))
    assert finished(lab(one)).snapshot().rounds[1].found(TRACED).order_changes > 0


def test_order_changes_on_known_lines() -> None:
    steps = np.linspace(0, 1, 5)[:, None]
    start, end = np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 0.0, 3.0, 2.5])
    assert order_changes(start + steps * (end - start)) == 2
    there_and_back = np.array([[0.0, 1.0], [2.0, 1.0], [0.0, 1.0]])
    assert order_changes(there_and_back) == 1
    assert order_changes(start + steps * (2 * start)) == 0


def by_hand(a: np.ndarray, b: np.ndarray) -> list[tuple[float, float]]:
    """Crossings of segments, by the sides on which their ends lie."""

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    found = []
    for i in range(len(a)):
        for j in range(i + 1, len(a)):
            from_j = side(a[j], b[j], a[i]), side(a[j], b[j], b[i])
            if from_j[0] * from_j[1] < 0 and side(a[i], b[i], a[j]) * side(a[i], b[i], b[j]) < 0:
                share = from_j[0] / (from_j[0] - from_j[1])
                found.append(tuple(a[i] + share * (b[i] - a[i])))
    return found


def test_page_crossings_by_hand() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (40, 2)), rng.normal(2, 1, (40, 2))
    expected = by_hand(a, b)
    assert len(expected) > 50 and np.allclose(page_crossings(a, b), expected)
    assert page_crossings(a, a + np.array([1.0, 2.0])).shape == (0, 2)  # parallel lines, and none for a single one
    assert page_crossings(a[:1], b[:1]).shape == (0, 2)


@pytest.mark.parametrize("dim", [1, 2])
def test_pairs_cross_on_the_page(dim: int) -> None:
    """The (t, x) plane in 1-D, where a crossing is a change of order."""
    rng = np.random.default_rng(dim)
    x0, x1 = rng.standard_normal((30, dim)), rng.standard_normal((30, dim))
    problem = Problem(dim, 0, Gaussian(), Gaussian(), Independent(), Straight(), x0, x1)
    crossed = answered(CROSSED, Subject(problem, Euler()))
    assert crossed.of == 30 and crossed.at.dtype == np.float32
    if dim == 1:
        orders = (x0 - x0.T) * (x1 - x1.T) < 0
        assert len(crossed.at) == orders.sum() / 2
        assert crossed.at[:, 0].min() >= 0 and crossed.at[:, 0].max() <= 1
    else:
        assert len(crossed.at) == len(by_hand(x0, x1))


def test_lines_that_share_an_end_do_not_cross_there() -> None:
    a = np.random.default_rng(0).standard_normal((40, 2)) - [4.0, 0.0]
    order = np.argsort(np.arctan2(a[:, 1], -a[:, 0]))
    assert len(page_crossings(a[order], np.zeros((40, 2)))) == 0


def test_curved_paths_have_no_crossings_of_straight_lines() -> None:
    x0, x1 = np.random.default_rng(0).standard_normal((2, 40, 2))
    for path, there in ((Straight(), True), (Spherical(), False)):
        problem = Problem(2, 0, Gaussian(), Gaussian(), Independent(), path, x0, x1)
        assert CROSSED.applies(Subject(problem, Euler())) == there


def test_figures_that_somebody_waits_for_come_first_and_are_the_same() -> None:
    def measured(first: tuple[str, ...]) -> dict[tuple[int, str], float]:
        """By round and name, in the order in which they came."""
        lab, order = Lab("cpu"), {}
        lab.first = first
        lab.adopt(replace(SMALL, velocity=Exact(), rounds=2))
        while lab.advance(0.0):
            for k, held in enumerate(lab.rounds()):
                found = {(k, kind): e.value for kind, e in held.own.figures.single.items()}
                order |= {name: value for name, value in found.items() if name not in order}
        return order

    usual = measured(())
    *_, (_, last) = usual
    wanted = measured((last,))
    assert wanted == usual and list(wanted)[:2] == [(0, last), (1, last)] != list(usual)[:2], "of all rounds"
