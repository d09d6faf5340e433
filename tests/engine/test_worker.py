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

import engine.lab
import engine.report
import engine.rounds.measuring
import engine.worker
from engine.couplings.independent import Independent
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.file import File
from engine.distributions.gaussian import Gaussian
from engine.distributions.two_modes import TwoModes
from engine.distributions.uniform_box import UniformBox
from engine.mailbox import Mailbox
from engine.preview import preview
from engine.registry import kinds
from engine.snapshot import Snapshot
from engine.solvers.rk4 import RK4
from engine.spec import Experiment, Measure, Training
from engine.velocities.exact import Exact
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
    snapshot(running, lambda s: s.phase == "starting")
    time.sleep(1.0)
    begun = time.monotonic()
    running.submit(asking(SMALL, serial=2))
    snapshot(running, lambda s: s.request == 2)
    assert time.monotonic() - begun < 4


def test_pause_and_resume(running: Engine) -> None:
    running.submit(asking(LONG, serial=1))
    snapshot(running, lambda s: s.step > 0)
    running.submit(asking(LONG, serial=2, running=False))
    paused = snapshot(running, lambda s: s.request == 2 and s.phase == "paused")
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
    time.sleep(0.7)
    assert time.monotonic() - snapshot(running, lambda s: True).made < 0.6
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


@pytest.mark.parametrize("where", ["adopt", "advance", "look", "snapshot", "preview"])
def test_unexpected_error_is_that_of_one_experiment(
    where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of the program itself: it is told, it is logged, and the next experiment works."""
    if where == "preview":
        bad = raising(engine.worker.preview, lambda experiment, probes: experiment.seed == 13)
        monkeypatch.setattr(engine.worker, "preview", bad)
    elif where == "snapshot":
        bad = raising(engine.report.snapshot, lambda lab, serial: lab.experiment.seed == 13)
        monkeypatch.setattr(engine.report, "snapshot", bad)
    elif where == "adopt":
        bad = raising(engine.lab.Lab.adopt, lambda lab, experiment, attempt: experiment.seed == 13)
        monkeypatch.setattr(engine.lab.Lab, "adopt", bad)
    else:
        bad = raising(getattr(engine.lab.Lab, where), lambda lab, *rest: lab.experiment.seed == 13)
        monkeypatch.setattr(engine.lab.Lab, where, bad)
    made = Engine("cpu")
    made.start()
    try:
        made.submit(asking(replace(SMALL, seed=13), serial=1))
        if where in ("adopt", "advance", "look"):
            shown = snapshot(made, lambda s: s.phase == "stopped")
            assert shown.message == "This experiment cannot go on: ZeroDivisionError: no reason"
        else:
            time.sleep(0.5)
        made.submit(asking(SMALL, serial=2))
        shown = snapshot(made, lambda s: s.request == 2 and s.phase == "done", patience=5.0)
        assert made.alive and not shown.message
    finally:
        assert made.close(10.0)
    assert "ZeroDivisionError: no reason" in caplog.text


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
