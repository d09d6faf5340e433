"""Steps as CUDA graphs. No GPU is needed for most of it: a graph that is played stands in, which makes its steps at
each replay and undoes what they did while they were captured."""

from __future__ import annotations

import math
from functools import partial

import msgspec
import numpy as np
import pytest
import torch

from engine.learning import device
from engine.learning.key_frames import KeyFrames
from engine.learning.trainee import Trainee
from engine.registry import kinds
from engine.report import snapshot
from engine.rounds.learning import Learning
from engine.snapshot import Snapshot
from engine.spec import Training
from engine.tree import Branch
from engine.velocities.mlp import MLP
from tests.engine.played import Played, play
from tests.engine.test_fresh_pairs import trainee as fresh
from tests.engine.test_lab import SMALL as EXPERIMENT
from tests.engine.test_lab import finished, lab
from tests.engine.test_trainee import CUDA, SMALL, gaussians, loss_on, to_the_end, trainee, weights

LONG = msgspec.structs.replace(SMALL, steps=110)
replace = msgspec.structs.replace


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> type[Played]:
    """Training as on a GPU, on the processor."""
    return play(monkeypatch)


def replays() -> int:
    return sum(graph.replays for graph in Played.made)


@pytest.mark.parametrize("slices", [1, 7, 25, 40])
@pytest.mark.parametrize(
    "training",
    [LONG, replace(LONG, ema=0.0, decay=0.1), replace(LONG, times="u-shaped", weighting="late", schedule="cosine")],
    ids=["plain", "no average", "times"],
)
def test_slices_do_not_change_a_bit(training: Training, slices: int, graphs: type[Played]) -> None:
    """Groups of 25, with one draw, where there are 25 steps to be made; single steps before, between and after."""
    whole = to_the_end(trainee(training))
    assert replays() == 3 and len(graphs.made) == 1 and whole.step == 110
    cut = to_the_end(trainee(training), slices)
    assert replays() == {1: 3, 7: 3, 25: 6, 40: 4}[slices]
    assert weights(cut) == weights(whole) and (cut.losses == whole.losses).all()


def test_the_numbers_are_those_of_steps_on_the_processor(graphs: type[Played], monkeypatch: pytest.MonkeyPatch) -> None:
    training = replace(LONG, schedule="cosine", decay=0.1)
    ours = to_the_end(trainee(training)).field().flat
    monkeypatch.setattr(device, "graphs", lambda kind: False)
    assert torch.allclose(to_the_end(trainee(training)).field().flat, ours, atol=1e-6)


@pytest.mark.parametrize("slices", [1, 7, 25])
def test_slices_do_not_change_a_bit_when_numbers_change(slices: int, graphs: type[Played]) -> None:
    """In the middle of groups; the next draw ends where the next group begins."""
    turns = (
        (38, replace(LONG, rate=2e-3, ema=0.0)),
        (56, replace(LONG, batch=48, times="logit-normal", weighting="late", decay=0.1)),
        (110, replace(LONG, batch=48, steps=180)),
    )

    def run(slices: int) -> Trainee:
        of = trainee(LONG)
        for until, training in turns:
            while of.step < until:
                of.advance(min(slices, until - of.step))
            of.adopt(training)
        return to_the_end(of, slices)

    whole, many = run(10**9), replays()
    cut = run(slices)
    assert many == 3 and weights(cut) == weights(whole) and (cut.losses == whole.losses).all() and cut.step == 180


@pytest.mark.parametrize("at", [0, 13, 25, 58, 75])
def test_a_state_goes_on_to_the_same_bits(at: int, graphs: type[Played]) -> None:
    of = trainee(LONG)
    of.advance(at)
    again = trainee(LONG)
    again.resume(of.state())
    assert weights(to_the_end(again, 3)) == weights(to_the_end(of)) and (again.losses == of.losses).all()
    other = trainee(LONG)  # a batch of another size on the way: its first draw was a short one
    other.advance(at)
    other.adopt(replace(LONG, batch=33))
    other.advance(3)
    again = trainee(replace(LONG, batch=33))
    again.resume(other.state())
    assert weights(to_the_end(again)) == weights(to_the_end(other, 9))


def test_new_pairs_are_drawn_within_each_step(graphs: type[Played]) -> None:
    whole, cut = to_the_end(fresh()), to_the_end(fresh(), 7)
    assert replays() > 100 and weights(cut) == weights(whole)
    again = fresh()
    half = fresh()
    while half.step < 31:
        half.advance(1)
    again.resume(half.state())
    assert weights(to_the_end(again)) == weights(whole)


def test_a_large_batch_has_smaller_groups(graphs: type[Played]) -> None:
    wide = partial(trainee, pairs=gaussians(50), part=MLP(width=1024, depth=3))
    assert [wide(Training(batch=batch))._ahead.size for batch in (64, 4096, 65_536)] == [25, 5, 1]
    few = trainee(replace(LONG, batch=10))
    assert few.stride == 1 and few.grain == 25
    few.advance(25)
    assert few.stride == 25
    few.advance(76)
    assert few.stride == 1


def test_what_is_captured_anew(graphs: type[Played]) -> None:
    for fields, kept in (
        ({"rate": 1e-4}, True),
        ({"steps": 105, "schedule": "cosine", "ema": 0.9}, True),
        ({"ema": 0.0}, True),
        ({"decay": 0.1}, False),
        ({"batch": 33}, False),
        ({"times": "logit-normal"}, False),
    ):
        graphs.made.clear()
        of = trainee(LONG)
        of.advance(50)
        of.adopt(replace(LONG, **fields))
        of.advance(50)  # after a change that is captured, 25 steps come one by one
        assert len(graphs.made) == (1 if kept else 2) and replays() == 1 + (2 if kept else 1), fields


def test_a_rate_and_an_average_are_read_at_each_replay(graphs: type[Played]) -> None:
    """As if each step were made alone."""
    turns = (replace(LONG, ema=0.0), replace(LONG, rate=5e-3), replace(LONG, schedule="cosine", steps=500, ema=0.5))
    found = []
    for slices in (25, 1):
        of = trainee(LONG)
        for k, training in enumerate(turns):
            for _ in range(25 * (k + 1) // slices):
                of.advance(slices)
            of.adopt(training)
        of.advance(25)
        found.append(weights(of))
    assert found[0] == found[1]


def test_where_no_graph_can_be_captured_steps_go_on_one_by_one(graphs: type[Played], caplog) -> None:
    """To the same numbers, with one sentence, and it is not tried again."""
    whole = to_the_end(trainee(LONG))
    Played.refuses = RuntimeError("operation not permitted when stream is capturing")
    of = trainee(LONG)
    of.advance(25)
    random = of._batches.random
    to_the_end(of, 25)
    assert weights(of) == weights(whole) and (of.losses == whole.losses).all()
    assert graphs.streams == ["of the thread"], "torch may leave the stream of the capture behind"
    assert len(graphs.made) == 2 and of.stride == 1 and of._batches.random is not random
    (said,) = [record.getMessage() for record in caplog.records]
    assert "without a CUDA graph" in said and "not permitted" in said


# --- out of memory ---

MEMORY = torch.cuda.OutOfMemoryError(
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 3.90 GiB of which 1.2 GiB is free. "
    "Including non-PyTorch memory, this process has 2.7 GiB memory in use."
)


@pytest.mark.parametrize("where", ["net", "step", "capture", "end of the capture"])
def test_want_of_memory_is_an_error_of_one_experiment(
    where: str, graphs: type[Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so in one sentence, gives back what it holds, and the next experiment is trained."""
    experiment = replace(EXPERIMENT, training=replace(EXPERIMENT.training, steps=60))

    def raises(*rest: object, **fields: object) -> None:
        raise MEMORY

    with monkeypatch.context() as patch:
        if where == "net":
            patch.setattr(type(EXPERIMENT.velocity), "build", raises)
        elif where == "step":
            patch.setattr("engine.learning.gradient.Gradient.into", raises)
        else:
            Played.refuses = MEMORY
            if where == "end of the capture":  # which torch tells of when the first error is on its way
                Played.refuses = RuntimeError("capture was invalidated")
                Played.refuses.__context__ = MEMORY
        of = finished(lab(experiment))
        shown: Snapshot = snapshot(of)
        assert shown.phase == "stopped" and shown.message.count("GPU is out of memory (2.50 GiB more)") == 1
        assert len(graphs.streams) == ("capture" in where), "the thread goes on with others"
        assert "total capacity" not in shown.message and "\n" not in shown.message
        for held in of.rounds():
            assert held.learning.broken and held.learning.trainee.empty
    Played.refuses = None
    of.adopt(replace(experiment, seed=6))
    assert finished(of).phase == "done" and not snapshot(of).message


def test_a_branch_that_lacks_memory_takes_no_other_with_it(
    graphs: type[Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Trainee] = []
    advance = Trainee.advance

    def lacking(of: Trainee, steps: int) -> None:
        if of not in made:
            made.append(of)
        if of is made[min(1, len(made) - 1)] and len(made) == 2:
            raise MEMORY
        advance(of, steps)

    monkeypatch.setattr(Trainee, "advance", lacking)
    soft = Branch("soft", 1, kinds("operations")["noise refresh"]())
    of = finished(lab(replace(EXPERIMENT, rounds=2, branches=(soft,))))
    assert "out of memory" in snapshot(of).refused["2"]
    assert [node.name for node, held in of.tree() if held.v is not None] == ["1", "soft.1"]


# --- key frames ---


def test_a_round_is_trained_in_groups_with_its_key_frames(graphs: type[Played]) -> None:
    """The first 25 steps as anywhere, then at the end of groups: no group is cut for a frame."""
    experiment = replace(EXPERIMENT, training=replace(EXPERIMENT.training, steps=260))
    of = finished(lab(experiment))
    learning: Learning = of.rounds()[0].learning
    at = [frame.step for frame in learning.frames.frames]
    assert replays() == (250 - 25) // 25 and learning.trainee.step == 260
    assert set(at) > {0, 1, 2, 4, 8, 16, 50, 75, 150, 250, 260} and all(k <= 25 or k % 25 == 0 for k in at[:-1])


def test_frames_of_groups_thin_out_like_others() -> None:
    class Weights:
        flat = torch.zeros(10)

    frames = KeyFrames()
    frames.grain = 25
    for step in range(100_001):
        if frames.due(step):
            frames.take(step, Weights())
    at = np.array([frame.step for frame in frames.frames])
    assert 25 < len(at) <= 60 and (at[at > 25] % 25 == 0).all() and (at[at > 100][1:] / at[at > 100][:-1]).max() < 2
    assert KeyFrames.restored(frames.state(), Of()).due(50) == frames.due(50)


class Of:
    """Stands for a net."""

    flat = torch.zeros(10)

    def at(self, flat: torch.Tensor) -> object:
        return self


# --- on a GPU ---


@CUDA
def test_slices_do_not_change_a_bit_on_the_gpu() -> None:
    whole, cut = to_the_end(trainee(LONG, device="cuda")), to_the_end(trainee(LONG, device="cuda"), 7)
    assert weights(cut) == weights(whole) and (cut.losses == whole.losses).all()
    assert whole._captured._graph is not None


@CUDA
def test_captured_steps_train_as_others_do() -> None:
    training = Training(steps=500, batch=256, rate=4e-3, ema=0.98)
    of = trainee(training, gaussians(20_000), part=MLP(width=32, depth=2), device="cuda")
    of.advance(100)
    graph = of._captured._graph
    of.adopt(replace(training, rate=2e-3))
    assert of._captured._graph is graph is not None, "a rate is read at each replay"
    rng = np.random.default_rng(5)
    loss = loss_on(rng.standard_normal((40_000, 2)), rng.standard_normal((40_000, 2)), to_the_end(of))
    assert loss == pytest.approx(math.pi, rel=0.03)
