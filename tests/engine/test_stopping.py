"""A stop is heard within 0.2 s: by every solver over every velocity, while one is fitted, and within one step of
training."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

import engine.rounds.measuring
import engine.solvers.dopri5
from engine.couplings.gradient_map import GradientMap
from engine.couplings.independent import Independent
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.gaussian import Gaussian
from engine.fields.closed import MixtureField
from engine.fields.field import Field, Given
from engine.fields.kernel import AverageField
from engine.fields.random_features import FeatureField
from engine.lab import Lab
from engine.learning.net import build
from engine.learning.trainee import Trainee
from engine.motion.accurate import Settled
from engine.motion.flow import end_points, transport
from engine.motion.stopping import Stopped, heed, heeding, portions
from engine.parts import Array, Problem, Wrong
from engine.paths.straight import Straight
from engine.preview import draw_pairs, preview
from engine.registry import kinds
from engine.solvers.dopri5 import Dopri5
from engine.solvers.euler import Euler
from engine.solvers.rk4 import RK4
from engine.spec import Experiment, Measure, Training
from engine.velocities.exact import Exact
from engine.velocities.kernel import Kernel
from engine.velocities.mlp import MLP
from engine.velocities.random_features import RandomFeatures
from engine.worker import Engine, Request
from tests.engine.labs import LOOKED, TRACED

PROMPT = 0.2  # seconds; one slice of work takes some hundredths, and a test machine may be busy
PATIENCE = 3 * PROMPT

#: The most work that a knob allows, or so much that one evaluation for all points lasts many times ``PROMPT``.
HEAVY = {
    "exact": {},
    "finite data": {"points": 16_384},
    "kernel": {"nearest": 10_000},
    "mlp": {"width": 512, "depth": 8},
    "residual": {"width": 512},
    "random features": {"features": 2000},
}


@pytest.fixture(scope="module")
def problem() -> Problem:
    experiment = Experiment(source=Gaussian(), target=EightGaussians(), coupling=Independent(pairs=50_000))
    x0, x1 = draw_pairs(experiment)
    return Problem(2, 1, experiment.source, experiment.target, experiment.coupling, Straight(), x0, x1)


@pytest.fixture(scope="module")
def fields(problem: Problem) -> dict[str, Field]:
    """One of each registered velocity: heavy ones."""
    made = {}
    for kind, part in kinds("velocities").items():
        knobs = HEAVY.get(kind, {})
        if kind == "random features":  # as it comes out, without the seconds of the fit
            rng = np.random.default_rng(0)
            waves = tuple(rng.standard_normal(s).astype(np.float32) for s in ((2, 2000), (2000,), (2000,)))
            made[kind] = FeatureField(problem.path, (problem.x0.mean(0), problem.x1.mean(0)), 1.0, waves)
        else:
            made[kind] = part(**knobs).build(mapped(problem) if kind == "optimal map" else problem, 0, "cpu")
    return made


def mapped(problem: Problem) -> Problem:
    """The same source under the gradient of a convex potential, whose optimal map is known."""
    coupling = GradientMap(pairs=len(problem.x0))
    source, target = coupling.ends(problem.source, problem.target)
    x1 = target.sample(len(problem.x0), 2, np.random.default_rng(1))
    return Problem(2, 1, source, target, coupling, problem.path, problem.x0, x1)


class Told:
    """A stop that is given some seconds after its making."""

    def __init__(self, after: float) -> None:
        self.at = time.monotonic() + after

    def __call__(self) -> bool:
        return time.monotonic() >= self.at


@pytest.mark.parametrize("velocity", list(kinds("velocities")))
@pytest.mark.parametrize("solver", list(kinds("solvers")))
def test_every_solver_over_every_velocity_hears_a_stop(
    solver: str, velocity: str, fields: dict[str, Field], problem: Problem
) -> None:
    """In mid-flow of 50,000 points; or there is no flow, and a sentence says why."""
    v, stop = fields[velocity], Told(0.3)
    solver = kinds("solvers")[solver](steps=1000)
    x = np.tile(problem.x0, (4, 1))
    with heeding(stop):
        try:
            end_points(v, x, solver, stop, problem.path)
        except Wrong as wrong:
            assert v.rough and not solver.order and "jumps; choose" in str(wrong)
            return
        except Stopped:
            assert time.monotonic() - stop.at < PATIENCE
            return
    pytest.fail("it came to its end, and nothing was shown")


@pytest.mark.parametrize("bandwidth", [0.0, 0.3])
def test_adaptive_solver_refuses_a_rough_field_at_once(bandwidth: float) -> None:
    x = np.random.default_rng(0).standard_normal((200, 2))
    v = AverageField(Straight(), x, x + 3, 100, bandwidth)
    begun = time.monotonic()
    with pytest.raises(
        Wrong, match=r"solver: dopri5 needs a smooth velocity, and the local average of the pairs jumps"
    ):
        end_points(v, x, Dopri5(tolerance=1e-9))
    assert time.monotonic() - begun < PATIENCE


def test_adaptive_solver_gives_a_jumping_field_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has said that it is rough: the number of steps is bounded."""
    monkeypatch.setattr(engine.solvers.dopri5, "MOST", 300)

    @Given
    def v(x: Array, t: float) -> Array:
        return np.sign(np.sin(1e6 * x)) + np.sign(np.sin(1e5 * t))

    with pytest.raises(Wrong, match=r"solver\.tolerance: 1e-10 cannot be reached here"):
        end_points(v, np.random.default_rng(0).standard_normal((20, 2)), Dopri5(steps=1, tolerance=1e-10))


def test_portions_cover_all_rows_and_are_given_up_between_two() -> None:
    assert [(some.start, some.stop) for some in portions(7, 3)] == [(0, 3), (3, 6), (6, 7)]
    assert [(some.start, some.stop) for some in portions(0, 3)] == [(0, 0)]
    with heeding(lambda: True):
        rows = portions(7, 3)
        assert next(rows) == slice(0, 3)
        with pytest.raises(Stopped):
            next(rows)


def test_a_stop_is_heeded_by_its_own_thread_alone() -> None:
    heard = []

    def aside() -> None:
        heed()
        heard.append("nothing")

    with heeding(lambda: True):
        other = threading.Thread(target=aside)
        other.start()
        other.join()
        with pytest.raises(Stopped):
            heed()
    heed()
    assert heard == ["nothing"]


def test_transport_goes_on_after_a_stop_within_a_step(problem: Problem) -> None:
    """To the same points, to the last bit."""
    told = [False]

    class Sharp(Field):
        asked = 0

        def __call__(self, x: Array, t: float) -> Array:
            Sharp.asked += 1
            if Sharp.asked in (5, 60):
                told[0] = True
                heed()
            return np.sin(3 * x) + t

    x, shares = problem.x0[:300], []
    Sharp.rows = 100
    with heeding(lambda: told[0]):
        for found in transport(Sharp(), x, RK4(steps=8)):
            if isinstance(found, float):
                shares.append(found)
                told[0] = False
    assert max(shares) == 1.0
    assert np.array_equal(found, end_points(Given(lambda x, t: np.sin(3 * x) + t), x, RK4(steps=8)))
    told[0], Sharp.asked = False, 0
    with heeding(lambda: told[0]), pytest.raises(Stopped):
        end_points(Sharp(), x, Euler(steps=80))  # it is not told what is asked, and ends all the same


@pytest.mark.parametrize("rough", (False, True))
def test_the_accurate_way_goes_on_from_its_last_step(problem: Problem, rough: bool) -> None:
    """To the same points, and only the step that was stopped is made again."""
    told, asked, at = [False], [], (20, 40, 41, 95)
    way = Settled(np.arange(33) / 32, np.nan, False)

    class Steep(Field):
        rows = 100  # three portions

        def __init__(self, rough: bool) -> None:
            self.rough = rough

        def __call__(self, x: Array, t: float) -> Array:
            asked.append(t)
            if len(asked) in at:
                told[0] = True
                heed()
            return np.sin(3 * x) + t

    x = problem.x0[:300]
    with heeding(lambda: told[0]):
        for step in transport(Steep(rough), x, way):
            told[0], found = False, step
    stopped, at, told[0] = len(asked), (), False
    right = end_points(Steep(rough), x, way)
    assert np.array_equal(found, right)
    assert 4 <= stopped - (len(asked) - stopped) <= 4 * 4


# --- what is fitted, and one step of training ---


def slices_of(lab: Lab, told: threading.Event, seconds: float) -> Iterator[float]:
    """Advances until the seconds are over, with a stop given at random; yields how long each stop was waited for."""
    rng, end = np.random.default_rng(0), time.monotonic() + seconds
    while time.monotonic() < end:
        told.clear()
        at = time.monotonic() + float(rng.uniform(0.01, 0.12))
        timer = threading.Timer(at - time.monotonic(), told.set)
        timer.start()
        lab.advance(1e9)
        waited = time.monotonic() - at
        timer.cancel()
        timer.join()
        if told.is_set():
            yield waited
        else:
            return


@pytest.mark.parametrize("role", ["velocity", "reference"])
def test_random_features_are_fitted_in_slices(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 of them take some ten seconds: each slice is a short one, the share rises, and no slice is lost."""
    told, shares = threading.Event(), []
    lab = Lab("cpu", stop=told.is_set)
    most = RandomFeatures(features=2000)
    parts = {"velocity": most} if role == "velocity" else {"velocity": Exact(), "reference": most}
    monkeypatch.setattr(engine.rounds.measuring, "kinds", lambda family: {})
    lab.adopt(Experiment(source=Gaussian(), target=EightGaussians(), rounds=1, **parts))
    waits = []
    for waited in slices_of(lab, told, 2.0):
        waits.append(waited)
        if lab.phase == "training":
            shares.append(lab.done)
            assert lab.doing == ("fitting 1-rectified" if role == "velocity" else "fitting the reference")
    assert len(shares) > 5 and shares == sorted(shares) and shares[-1] > shares[0]
    assert max(waits) < PATIENCE, sorted(waits)[-5:]


@pytest.mark.parametrize(("batch", "width"), [(1_000_000, 128), (2048, 2048)])
def test_one_step_of_training_hears_a_stop(batch: int, width: int) -> None:
    """A step of a million rows takes many seconds."""
    told = threading.Event()
    lab = Lab("cpu", stop=told.is_set)
    training = Training(steps=3, batch=batch)
    deep = {"depth": 6 if width == 2048 else 3}
    small = Experiment(source=Gaussian(), target=EightGaussians(), rounds=1, velocity=MLP(width=width, **deep))
    lab.adopt(msgspec.structs.replace(small, training=training))
    while not lab.rounds():
        lab.advance(0.0)
    of = lab.rounds()[0].learning.trainee
    of._ahead.draw(of._training, 0)  # drawing a million rows takes a third of a second, once
    waits = list(slices_of(lab, told, 2.0))
    assert len(waits) > 5 and max(waits) < PATIENCE, sorted(waits)[-5:]


@pytest.mark.parametrize("times", ["uniform", "logit-normal"])
def test_a_step_that_is_taken_up_again_is_the_same_step(times: str, problem: Problem) -> None:
    part, numbers = MLP(width=16, depth=2), Training(steps=30, batch=5000, times=times, ema=0.9)
    both = []
    for stops in (0, 200):
        net = build(part, problem, 1, "cpu")
        trainee = Trainee(net, problem.x0, problem.x1, problem.path, numbers, 7, True)
        rng, left = np.random.default_rng(1), stops

        def stop(rng: np.random.Generator = rng) -> bool:
            nonlocal left
            left -= 1
            return left > 0 and bool(rng.random() < 0.5)

        while not trainee.done:
            with heeding(stop):
                try:
                    trainee.advance(1)
                except Stopped:
                    continue
        both.append((trainee.field().flat, trainee.losses))
    assert np.array_equal(both[0][0], both[1][0]) and np.array_equal(both[0][1], both[1][1])


# --- the end ---

HARD = {
    "batch of a million": {"training": Training(batch=1_000_000)},
    "wide net": {"velocity": MLP(width=1024, depth=6)},
    "a million pairs": {"coupling": Independent(pairs=1_000_000)},
    "many samples": {"velocity": Exact(), "measure": Measure(samples=65_536)},
    "optimal pairs": {"coupling": kinds("couplings")["optimal"](pairs=4096)},
    "kernel": {"velocity": Kernel(nearest=10_000), "solver": Dopri5()},
    "random features": {"velocity": RandomFeatures(features=2000)},
    "finite data": {"velocity": kinds("velocities")["finite data"](points=16_384)},
    "adaptive": {"velocity": Exact(), "solver": Dopri5(tolerance=1e-10)},
}


@pytest.mark.parametrize("solver", list(kinds("solvers")))
def test_the_first_picture_waits_for_no_heavy_solver(solver: str) -> None:
    """What imports torch is left to the Lab."""
    part = kinds("solvers")[solver]()
    shown = preview(Experiment(source=Gaussian(), target=EightGaussians(), solver=part), LOOKED)
    assert (shown.rounds[1].found(TRACED) is None) == part.heavy == (solver == "dopri5")


def test_the_first_picture_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed form that takes seconds for one step is given up within it."""
    calls = []

    def slow(field: object, x: np.ndarray, t: object) -> np.ndarray:
        calls.append(t)
        for _ in portions(1000, 1):
            time.sleep(0.01)
        return x

    monkeypatch.setattr(MixtureField, "__call__", slow)
    begun = time.monotonic()
    shown = preview(Experiment(source=Gaussian(), target=EightGaussians()), (TRACED,))
    assert calls and shown.rounds[1].found(TRACED) is None and time.monotonic() - begun < 2


@pytest.mark.parametrize("scene", HARD)
def test_the_engine_closes_at_a_random_moment_of_hard_work(scene: str) -> None:
    """In long form for the whole program: bench/close.py."""
    made = Engine("cpu")
    made.start()
    made.submit(Request(Experiment(source=Gaussian(), target=EightGaussians(), **HARD[scene]), 1, True, 0, LOOKED))
    time.sleep(float(np.random.default_rng(list(HARD).index(scene)).uniform(0.3, 3.0)))
    begun, spent = time.monotonic(), time.process_time()
    assert made.close(20.0)
    assert min(time.monotonic() - begun, time.process_time() - spent) < 1.0
