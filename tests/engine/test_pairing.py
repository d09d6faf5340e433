"""Drawing pairs in slices: what it comes to, and that it may be given up at any moment."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from engine.couplings.entropic import Entropic
from engine.couplings.independent import Independent
from engine.couplings.optimal import Optimal
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.gaussian import Gaussian
from engine.lab import Lab
from engine.matching.assignment import EXACT, blocks_said, costs
from engine.matching.simplex import assigned
from engine.matching.uninterruptible import aside
from engine.parts import Coupling, Wrong
from engine.preview import draw_pairs, pairing
from engine.registry import kinds, knobs
from engine.spec import Experiment
from engine.worker import Engine, Request

KINDS = {kind: cls for kind, cls in kinds("couplings").items() if kind != "file"}
PROMPT = 8.0  # seconds until another experiment's picture: about 0.1 on an idle machine, 20 if it waited


def asked(part: Coupling, seed: int = 0) -> Experiment:
    return Experiment(source=EightGaussians(radius=2.0), target=EightGaussians(), coupling=part, seed=seed, rounds=0)


def few(kind: str) -> Coupling:
    part = KINDS[kind](pairs=300)
    return msgspec.structs.replace(part, **{k.name: 40 for k in knobs(KINDS[kind]) if k.name in ("block", "batch")})


@pytest.mark.parametrize("kind", KINDS)
def test_slices_end_in_the_pairs(kind: str) -> None:
    experiment = asked(few(kind))
    *shares, (x0, x1) = pairing(experiment)
    assert shares == sorted(shares) and all(0 <= share <= 1 for share in shares)
    assert [x0.tobytes(), x1.tobytes()] == [x.tobytes() for x in draw_pairs(experiment)]


def test_blocks_are_the_slices() -> None:
    part = KINDS["minibatch optimal"](pairs=300, batch=40)
    *shares, _ = pairing(asked(part))
    assert sorted(set(shares) - {0.0}) == pytest.approx(np.arange(1, 9) / 8)
    *shares, _ = pairing(asked(Entropic(pairs=300, block=100)))
    assert sorted(set(shares) - {0.0}) == pytest.approx([1 / 3, 2 / 3, 1])


def test_the_lab_draws_in_slices_and_goes_on_where_it_was() -> None:
    lab, part = Lab("cpu"), Optimal(pairs=1500)
    lab.adopt(asked(part))
    started = time.monotonic()
    assert lab.advance(0.0, train=False) and lab.phase == "sampling"
    assert time.monotonic() - started < PROMPT
    slices = lab._run.pairing
    lab.adopt(asked(Independent(pairs=50)))  # and back
    while lab.advance(0.01, train=False):
        pass
    lab.adopt(asked(part))
    assert lab._run.pairing is slices
    while lab.advance(0.01, train=False):
        pass
    x0, x1 = draw_pairs(asked(part))
    assert lab._run.pairing is None
    assert lab._run.x0.tobytes() == x0.tobytes() and lab._run.x1.tobytes() == x1.tobytes()


def test_an_error_is_found_again() -> None:
    """Slices that ended in an error are not gone on with: that would be for ever."""
    lab, part = Lab("cpu"), Entropic(pairs=64)
    impossible = asked(part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.matching.sinkhorn.MOST", 1)
        for _ in range(2):
            lab.adopt(impossible)
            while lab.advance(0.1, train=False):
                pass
            assert lab.error.startswith("coupling.epsilon: 0.05 is too small")
            lab.adopt(asked(Independent(pairs=8)))


@pytest.mark.parametrize("kind", ["optimal", "entropic"])
def test_a_matching_is_given_up(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new experiment and the end of the engine wait for no plan: here for one that never comes to its end."""
    hold = threading.Event()

    def sinkhorn(*given: object) -> Iterator[None]:
        yield hold.wait(60)

    monkeypatch.setattr("engine.matching.assignment.exact", lambda *given: hold.wait(60))
    monkeypatch.setattr("engine.matching.sinkhorn.sinkhorn", sinkhorn)
    part = KINDS[kind](pairs=1000)
    engine = Engine("cpu")
    engine.start()
    try:
        engine.submit(Request(asked(Independent(pairs=100)), 1, running=False))
        wait(engine, 1, 60)
        for seed in (1, 2, 3, 4):
            engine.submit(Request(asked(part, seed), 2 * seed, running=False))
            time.sleep(0.15)
            engine.submit(Request(asked(Independent(pairs=100), seed), 2 * seed + 1, running=False))
            assert wait(engine, 2 * seed + 1, 20) < PROMPT
        engine.submit(Request(asked(part, 5), 10, running=False))
        time.sleep(0.15)
    finally:
        started = time.monotonic()
        closed = engine.close()
        took = time.monotonic() - started
        hold.set()
        for thread in threading.enumerate():
            if thread.name == "aside":
                thread.join(10)
        assert closed and took < PROMPT


def wait(engine: Engine, serial: int, most: float) -> float:
    """Seconds until a picture of this request has pairs and the Lab is there."""
    started = time.monotonic()
    while time.monotonic() - started < most:
        shown = engine.snapshots.take(0.02)
        if shown is not None and shown.request == serial and shown.rounds and shown.device:
            return time.monotonic() - started
    raise AssertionError("no picture")


# --- aside ---


def test_aside_gives_the_result_or_the_error() -> None:
    assert list(aside(lambda: None))[-1] == (None,)
    assert [step for step in aside(lambda: time.sleep(0.05) or 7) if step] == [(7,)]

    def fails() -> None:
        raise Wrong("here", "no")

    with pytest.raises(Wrong, match="here: no"):
        list(aside(fails))


def test_few_works_at_once() -> None:
    """Two that were given up are running: the third waits for one of them, and says so."""
    hold, ran = threading.Event(), []
    held = [aside(hold.wait), aside(hold.wait)]
    for work in held:
        assert next(work) is None
        work.close()
    third = aside(lambda: ran.append(1))
    assert [next(third) for _ in range(3)] == [None] * 3 and not ran
    hold.set()
    assert list(third)[-1] == (None,) and ran == [1]


@pytest.mark.parametrize(("end", "status"), [("leave(7)", 7), ("None", 0), ("1 / 0", 1)])
def test_the_program_ends_while_a_plan_goes_on(end: str, status: int) -> None:
    """At once where it says so, else after the plan; never by an abort of compiled code."""
    code = (
        "import numpy as np; from engine.matching.uninterruptible import aside, leave; "
        "from engine.matching.assignment import exact; from engine.matching.simplex import pot; pot(); "
        "work = aside(lambda: exact(*np.random.default_rng(0).random((2, 1500, 2)))); next(work); "
        f"print('left', flush=True); {end}"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == status and ran.stdout.strip() == "left" and "terminate" not in ran.stderr


def test_matching_needs_no_torch() -> None:
    """POT would import it for its backends."""

    code = (
        "import sys; from engine.matching.assignment import exact; import numpy as np; "
        "exact(*np.random.default_rng(0).random((2, 9, 2))); print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


# --- what is said of it ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_notes(kind: str, dim: int) -> None:
    note = KINDS[kind]().note(Gaussian(), EightGaussians(), dim)
    assert "  " not in note and not note.endswith(".") and len(note) < 250


def test_notes_tell_the_blocks_that_are_used() -> None:
    assert blocks_said(EXACT, 2, 2048) == "exact, one plan for all 4,096"
    assert blocks_said(EXACT + 1, 2, 2048) == "exact inside 3 blocks of 1,366"
    assert blocks_said(8192, 3, 2048) == "exact inside 4 blocks of 2,048"
    assert blocks_said(8192, 1, 2048) == "exact, by sorting"
    assert KINDS["minibatch optimal"]().note(Gaussian(), Gaussian(), 2) == "exact inside 782 batches of 64"


@pytest.mark.parametrize("spread", [0.0, 1.3e-16, 1e-9])
def test_any_plan_of_equal_points_is_optimal(spread: float) -> None:
    """One Euler step takes all to the mean: what is left of the costs is their rounding, and nothing can be gained."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x0, x1 = spread * rng.standard_normal((512, 2)), EightGaussians().sample(512, 2, rng)
        partner, u, v = assigned(costs(x0, x1)[0])
        assert np.array_equal(np.sort(partner), np.arange(512))
        assert u.sum() + v.sum() == pytest.approx(costs(x0, x1)[0][np.arange(512), partner].sum(), rel=1e-12)
