"""The engine's thread: what comes out for what goes in, and that it ends when it is told to."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

import engine.learning.trainee
import engine.report
import engine.rounds.measuring
import engine.worker
from engine.couplings.independent import Independent
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.file import File
from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.distributions.uniform_box import UniformBox
from engine.lab import Lab
from engine.mailbox import Mailbox
from engine.preview import preview
from engine.probes.trajectories import Trajectories
from engine.reading import apart
from engine.registry import kinds
from engine.snapshot import Snapshot
from engine.solvers.rk4 import RK4
from engine.spec import Experiment, Measure, Training
from engine.velocities.exact import Exact
from engine.velocities.kernel import Kernel
from engine.velocities.mlp import MLP
from engine.worker import Engine, Request
from tests.engine.labs import LOOKED, TRACED

ROOT = Path(__file__).parent.parent.parent
SMALL = Experiment(
    rounds=1,
    source=Gaussian(),
    target=TwoModes(separation=4.0),
    coupling=Independent(pairs=200),
    velocity=MLP(width=8, depth=1),
    training=Training(steps=20, batch=16),
    measure=Measure(samples=64),
)
LONG = msgspec.structs.replace(SMALL, training=Training(steps=1_000_000, batch=16))
replace = msgspec.structs.replace


def asking(experiment: Experiment, serial: int = 0, running: bool = True, attempt: int = 0) -> Request:
    """A request of a window that looks at everything."""
    return Request(experiment, serial, running, attempt, LOOKED)


@pytest.fixture
def running() -> Iterator[Engine]:
    made = Engine("cpu")
    made.start()
    yield made
    assert made.close(10.0)


def snapshot(of: Engine, wanted: Callable[[Snapshot], bool], patience: float = 20.0) -> Snapshot:
    """The first snapshot that is ``wanted``."""
    deadline = time.monotonic() + patience
    last = None
    while time.monotonic() < deadline:
        found = of.snapshots.take(timeout=0.2)
        if found is not None:
            last = found
            if wanted(found):
                return found
    pytest.fail(f"never came; the last one was {last and (last.phase, last.request, last.step, last.message)}")


# --- the mailbox ---


def test_mailbox_holds_the_newest_value_alone() -> None:
    box: Mailbox[int] = Mailbox()
    assert box.take() is None
    for value in (1, 2, 3):
        box.put(value)
    assert (box.take(), box.take()) == (3, None)


def test_mailbox_waits_as_long_as_it_is_told() -> None:
    box: Mailbox[int] = Mailbox()
    begun = time.monotonic()
    assert box.take(timeout=0.05) is None
    assert 0.04 < time.monotonic() - begun < 1


@pytest.mark.parametrize("value", [5, None])
def test_mailbox_wakes_its_reader(value: int | None) -> None:
    """None is no value, but it wakes: so a thread is told to look up."""
    box: Mailbox[int] = Mailbox()
    later = threading.Timer(0.05, box.put, (value,))
    later.start()
    begun = time.monotonic()
    assert box.take(timeout=20) == value
    assert time.monotonic() - begun < 10
    later.join()


def test_mailbox_loses_nothing_but_older_values() -> None:
    box: Mailbox[int] = Mailbox()
    seen = []

    def write() -> None:
        for value in range(1, 20_001):
            box.put(value)

    writer = threading.Thread(target=write)
    writer.start()
    while not seen or seen[-1] != 20_000:
        value = box.take(timeout=5)
        assert value is not None
        seen.append(value)
    writer.join()
    assert seen == sorted(set(seen))


# --- requests and snapshots ---

FIRST = """
import json, sys, time
from engine.codec import parse
from engine.worker import Engine, Request
told, closed = [], []
def record(shown):
    told.append(("torch" in sys.modules, shown.phase, shown.request, [view.number for view in shown.rounds],
                 bool(shown.rounds[-1].velocity), len(shown.source)))
for k, target in enumerate(("ring", "gaussian")):
    made = Engine("cpu")
    made.snapshots.put = record
    if target == "ring":
        made._serve = lambda request: None
    made.start()
    made.submit(Request(parse(f'source = {{kind = "gaussian"}}\\ntarget = {{kind = "{target}"}}'), serial=k))
    while len(told) <= k:
        time.sleep(0.001)
    closed.append(made.close(60))
qt = [name for name in sys.modules if name.startswith(("PySide6", "pyqtgraph", "vispy"))]
print(json.dumps({"told": told, "closed": closed, "qt": qt}))
"""


def test_first_snapshot_needs_no_torch() -> None:
    """In a fresh process: the pairs, and the flow of the closed form where there is one, before torch is imported;
    the engine can be closed while it imports."""
    done = subprocess.run([sys.executable, "-c", FIRST], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and not done.stderr, done.stderr
    found = json.loads(done.stdout)
    assert found["closed"] == [True, True] and not found["qt"]
    assert found["told"][:2] == [
        [False, "starting", 0, [0], False, 2000],
        [False, "starting", 1, [0, 1], True, 2000],
    ]


def test_request_is_worked_on_to_its_end(running: Engine) -> None:
    running.submit(asking(SMALL, serial=4))
    shown = snapshot(running, lambda s: s.phase == "done")
    assert shown.request == 4 and shown.spec == SMALL and shown.step == shown.steps == 20
    assert shown.rounds[1].finished and shown.rounds[1].figures.single["loss"].value > 0
    assert running.snapshots.take(timeout=0.3) is None  # nothing new: nothing is sent


def test_every_request_is_answered(running: Engine) -> None:
    """Also one that asks for nothing new."""
    running.submit(asking(SMALL, serial=1))
    snapshot(running, lambda s: s.phase == "done")
    running.submit(asking(SMALL, serial=2))
    assert snapshot(running, lambda s: s.request == 2).phase == "done"
    running.submit(asking(replace(SMALL, solver=RK4(steps=3)), serial=3))
    shown = snapshot(running, lambda s: s.request == 3 and s.phase == "done")
    assert len(shown.rounds[1].found(TRACED).times) == 4 and shown.step == 20


def test_newest_request_wins(running: Engine) -> None:
    for serial in range(1, 60):
        running.submit(asking(replace(LONG, seed=serial), serial=serial))
        time.sleep(0.002)
    running.submit(asking(replace(SMALL, seed=60), serial=60))
    shown = snapshot(running, lambda s: s.request == 60 and s.phase == "done")
    assert shown.spec.seed == 60
    assert running.snapshots.take(timeout=0.2) is None


def test_new_request_interrupts(running: Engine) -> None:
    """Training that would go on for an hour does not hold up the next request."""
    running.submit(asking(LONG, serial=1))
    snapshot(running, lambda s: s.step > 0)
    begun = time.monotonic()
    running.submit(asking(replace(LONG, seed=1), serial=2))
    snapshot(running, lambda s: s.request == 2)
    assert time.monotonic() - begun < 2.5


def test_new_request_interrupts_a_long_measurement(running: Engine) -> None:
    """65,536 particles take many seconds: they are put down within a step of the solver."""
    many = replace(SMALL, velocity=Exact(), target=EightGaussians(), measure=Measure(samples=65_536))
    running.submit(asking(many, serial=1))
    snapshot(running, lambda s: s.request == 1)
    time.sleep(1.0)
    begun = time.monotonic()
    running.submit(asking(SMALL, serial=2))
    snapshot(running, lambda s: s.request == 2)
    assert time.monotonic() - begun < 4


def test_a_picture_comes_before_figures(running: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that takes longer than an edit may be deaf for: a figure may take many seconds."""
    monkeypatch.setattr(engine.worker, "GREETING", 0.0)
    many = replace(SMALL, velocity=Kernel(), target=EightGaussians(), coupling=Independent(pairs=3000))
    told, asked = [], Trajectories(count=3000)
    running.snapshots.put = told.append
    running.submit(Request(many, 1, probes=(asked,)))
    end = time.monotonic() + 20.0
    while not any(len(s.rounds) > 1 and s.rounds[1].figures.single for s in told) and time.monotonic() < end:
        time.sleep(0.01)
    first = next(s for s in told if len(s.rounds) > 1 and s.rounds[1].figures.single)
    assert first.rounds[1].found(asked) is not None


def test_pause_and_resume(running: Engine) -> None:
    running.submit(asking(LONG, serial=1))
    snapshot(running, lambda s: s.step > 0)
    running.submit(asking(LONG, serial=2, running=False))
    looked = lambda s: all(answer.fresh for view in s.rounds for answer in view.answers)  # noqa: E731
    paused = snapshot(running, lambda s: s.request == 2 and s.phase == "paused" and looked(s))
    assert paused.step > 0
    assert running.snapshots.take(timeout=0.3) is None
    running.submit(asking(LONG, serial=3, running=False))
    assert snapshot(running, lambda s: s.request == 3).step == paused.step
    running.submit(asking(LONG, serial=4))
    assert snapshot(running, lambda s: s.request == 4 and s.step > paused.step).phase == "training"


def test_paused_engine_still_solves_and_measures(running: Engine) -> None:
    running.submit(asking(SMALL, serial=1))
    snapshot(running, lambda s: s.phase == "done")
    other = replace(SMALL, solver=RK4(steps=3), measure=Measure(samples=128))
    running.submit(asking(other, serial=2, running=False))
    shown = snapshot(running, lambda s: s.phase == "done" and s.rounds[1].figures.single["fit_w2"].n == 128)
    assert shown.request == 2 and len(shown.rounds[1].found(TRACED).times) == 4 and shown.step == 20


def test_new_attempt_starts_anew(running: Engine) -> None:
    running.submit(asking(LONG, serial=1))
    first = snapshot(running, lambda s: s.step > 200)
    running.submit(asking(LONG, serial=2, running=False, attempt=1))
    assert snapshot(running, lambda s: s.request == 2).step < first.step


def test_pictures_come_at_a_pace_and_never_queue(running: Engine) -> None:
    """A reader who sleeps finds one snapshot, and a recent one."""
    running.submit(asking(LONG, serial=1))
    snapshot(running, lambda s: s.step > 0)
    asleep = time.monotonic()
    time.sleep(1.5)
    assert snapshot(running, lambda s: True).made > asleep
    count, until = 0, time.monotonic() + 1
    while time.monotonic() < until:
        count += running.snapshots.take(timeout=0.05) is not None
    assert 1 <= count <= 9


# --- trouble ---


def raising(real: Callable, when: Callable[..., bool]) -> Callable:
    def function(*args: object, **options: object) -> object:
        if when(*args):
            raise ZeroDivisionError("no reason")
        return real(*args, **options)

    return function


CALLS = ("__init__", "adopt", "ask", "advance", "look", "asked", "fail", "snapshot", "preview")


@pytest.fixture(params=CALLS)
def failing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every place where the engine calls into the Lab, made to raise for the experiment of the seed 13."""
    where, real = request.param, Lab
    if where == "preview":
        bad = raising(engine.worker.preview, lambda experiment, probes: experiment.seed == 13)
        monkeypatch.setattr(engine.worker, "preview", bad)
    elif where == "snapshot":
        monkeypatch.setattr(engine.report, "snapshot", raising(engine.report.snapshot, lambda lab, _: unlucky(lab)))
    elif where == "__init__":  # no device at the first request, say
        times = []
        bad = raising(real.__init__, lambda *given: not times.append(1) and len(times) == 1)
        monkeypatch.setattr(real, where, bad)
    elif where == "asked":
        monkeypatch.setattr(real, where, property(raising(real.asked.fget, unlucky)))
    else:
        bad = (lambda lab, experiment, *_: experiment.seed == 13) if where == "adopt" else unlucky
        monkeypatch.setattr(real, where, raising(getattr(real, where), bad))
        if where == "fail":
            monkeypatch.setattr(real, "advance", raising(real.advance, unlucky))
    return where


def unlucky(lab: Lab, *given: object) -> bool:
    return lab.experiment is not None and lab.experiment.seed == 13


def test_unexpected_error_is_that_of_one_experiment(
    failing: str, running: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the program itself: it is told once, it is logged, and the next experiment works."""
    running.submit(asking(replace(SMALL, seed=13), serial=1))
    if failing != "preview":
        shown = snapshot(running, lambda s: s.phase == "stopped")
        assert shown.message == "This experiment cannot go on: ZeroDivisionError: no reason" and shown.request == 1
        assert running.snapshots.take(timeout=0.8) is None
    else:
        time.sleep(0.5)
    running.submit(asking(SMALL, serial=2))
    shown = snapshot(running, lambda s: s.request == 2 and s.phase == "done", patience=10.0)
    assert running.alive and not shown.message
    running.submit(asking(replace(SMALL, seed=13), serial=3))  # it may come back, and the engine still lives
    snapshot(running, lambda s: s.request == 3)
    running.submit(asking(replace(SMALL, seed=14), serial=4))
    assert not snapshot(running, lambda s: s.request == 4 and s.phase == "done", patience=10.0).message
    assert "ZeroDivisionError: no reason" in caplog.text


def test_a_batch_that_cannot_be_is_a_failure_of_its_round(
    running: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Asked for in mid-training, it stops this round with a sentence; with the batch of before it goes on as it was."""
    real = engine.learning.trainee.Gradient
    bad = raising(real, lambda net, rows, flat: rows == 1_000_000)
    monkeypatch.setattr(engine.learning.trainee, "Gradient", bad)
    running.submit(asking(LONG, serial=1))
    before = snapshot(running, lambda s: s.step > 50)
    huge = replace(LONG, training=replace(LONG.training, batch=1_000_000))
    running.submit(asking(huge, serial=2))
    shown = snapshot(running, lambda s: s.request == 2 and s.phase == "stopped")
    assert shown.message == "Round 1 cannot go on like this (ZeroDivisionError: no reason)" and len(shown.rounds) == 2
    running.submit(asking(replace(huge, solver=RK4()), serial=3))
    assert snapshot(running, lambda s: s.request == 3 and s.phase == "stopped").message == shown.message
    running.submit(asking(LONG, serial=4))
    after = snapshot(running, lambda s: s.request == 4 and s.step > 0)
    assert after.step >= before.step and not after.message
    running.submit(asking(replace(huge, seed=5), serial=5))  # the very first step of a round
    shown = snapshot(running, lambda s: s.request == 5 and s.phase == "stopped")
    assert "ZeroDivisionError: no reason" in shown.message
    running.submit(asking(SMALL, serial=6))
    assert not snapshot(running, lambda s: s.request == 6 and s.phase == "done").message


def test_impossible_experiment_is_told_in_a_sentence(running: Engine) -> None:
    running.submit(asking(replace(SMALL, source=UniformBox(), velocity=Exact()), serial=1))
    shown = snapshot(running, lambda s: s.phase == "stopped")
    assert shown.message.startswith("velocity: no closed form starts from 'uniform box'")
    running.submit(asking(SMALL, serial=2))
    assert not snapshot(running, lambda s: s.request == 2 and s.phase == "done").message


def test_first_experiment_without_its_data(running: Engine, tmp_path: Path) -> None:
    """The very first picture cannot be drawn: the engine says so and lives on."""
    running.submit(asking(replace(SMALL, target=File(path=str(tmp_path / "gone.csv"))), serial=1))
    shown = snapshot(running, lambda s: s.phase == "stopped")
    assert shown.message == "path: gone.csv: does not exist; choose another file" and shown.request == 1
    running.submit(asking(SMALL, serial=2))
    assert snapshot(running, lambda s: s.request == 2 and s.phase == "done").rounds


# --- the end ---


@pytest.mark.parametrize("moment", range(5))
def test_close_at_any_moment(moment: int) -> None:
    """Sampling, training, simulating pairs, measuring: at most about two seconds, and no thread is left."""
    busy = replace(
        SMALL, rounds=3, coupling=Independent(pairs=20_000), training=Training(steps=30), measure=Measure(samples=2048)
    )
    before = threading.active_count()
    made = Engine("cpu")
    made.start()
    made.submit(asking(busy, serial=1))
    time.sleep(float(np.random.default_rng(moment).uniform(0, 0.8)))
    begun = time.monotonic()
    assert made.close(20.0)
    assert time.monotonic() - begun < 2.5
    assert not made.alive and threading.active_count() == before


def test_close_beside_a_large_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many points as the closed form takes: each evaluation is a softmax over all of them."""
    np.save(tmp_path / "many.npy", np.random.default_rng(0).standard_normal((16_384, 2)))
    many = replace(SMALL, target=File(path=str(tmp_path / "many.npy")))
    monkeypatch.setattr(engine.worker, "preview", lambda experiment, probes: preview(SMALL, probes))
    made = Engine("cpu")
    made.start()
    made.submit(asking(many, serial=1))
    time.sleep(0.7)
    begun = time.monotonic()
    assert made.close(30.0)
    assert time.monotonic() - begun < 2.5


def test_close_between_two_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word to close comes in the very moment in which the thread forgets that there was a request; the next slice
    would be a long one."""
    figures = {"straightness": kinds("metrics")["straightness"]}
    monkeypatch.setattr(engine.rounds.measuring, "kinds", lambda family: figures)
    made = Engine("cpu")

    class Racing(threading.Event):
        def clear(self) -> None:
            made._closing.set()  # as close() does, from another thread
            self.set()
            made._requests.put(None)
            super().clear()

    made._newer = Racing()
    many = replace(SMALL, velocity=Exact(), target=EightGaussians(), measure=Measure(samples=32_768))
    made.start()
    begun = time.monotonic()
    made.submit(asking(many, serial=1))
    made._thread.join(60.0)
    assert not made.alive and time.monotonic() - begun < 4


def test_close_without_a_request_without_a_start_and_twice() -> None:
    assert Engine("cpu").close()
    made = Engine("cpu")
    made.start()
    assert made.alive and made.close() and made.close() and not made.alive


def test_close_in_a_pause() -> None:
    made = Engine("cpu")
    made.start()
    made.submit(asking(LONG, serial=1, running=False))
    snapshot(made, lambda s: s.phase == "paused")
    begun = time.monotonic()
    assert made.close() and time.monotonic() - begun < 1.5


def test_close_while_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    """One that was changed after it was opened, say: it is read again, here, and may take long now."""
    (tmp_path / "cloud.csv").write_text("1,2\n3,4\n")
    started, begin = [], apart._started
    monkeypatch.setattr(apart, "QUICK", 0)
    monkeypatch.setattr(apart, "START", "import time; time.sleep(60)")
    monkeypatch.setattr(apart, "_started", lambda *given: started.append(begin(*given)) or started[-1])
    made = Engine("cpu")
    made.start()
    made.submit(asking(replace(SMALL, target=File(path=str(tmp_path / "cloud.csv"))), serial=1))
    while not started:
        time.sleep(0.01)
    begun = time.monotonic()
    assert made.close() and time.monotonic() - begun < 1.0
    assert started[0].returncode is not None and not caplog.records, "no fault is told"
