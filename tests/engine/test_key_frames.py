"""Key frames of a training: at which steps, that each is what a training stopped there has, and how much they take."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evidence.evidence import Evidence
from engine.fields.field import evaluate
from engine.lab import Lab
from engine.learning.key_frames import KeyFrames
from engine.learning.net import build
from engine.metrics.straightness import Straightness
from engine.motion.flow import ACCURATE, trajectories
from engine.probe import MOST_FRAMES, answered
from engine.probes.replay import Replay
from engine.rounds.seeds import seed_of, trainee_of
from engine.spec import Training
from engine.velocities.mlp import MLP
from tests.engine.test_lab import SMALL, few_figures, lab, replace, until  # noqa: F401


def trained(steps: int = 60, **fields: object) -> Lab:
    made = lab(replace(SMALL, rounds=1, training=Training(steps=steps, batch=32), **fields))
    until(made, lambda: bool(made.rounds()) and made.rounds()[0].v is not None)
    return made


class Weights:
    """Stands for a net of so many weights."""

    def __init__(self, size: int) -> None:
        import torch

        self.flat = torch.zeros(size)


@pytest.mark.parametrize("size", [10, 100_000, 4_000_000])
@pytest.mark.parametrize("steps", [1, 7, 60, 1000, 30_000])
def test_frames_are_few_rising_and_spread_over_the_doublings(steps: int, size: int) -> None:
    frames, net = KeyFrames(), Weights(size)
    for step in range(steps + 1):
        if frames.due(step):
            frames.take(step, net)
    frames.end(steps, net)
    at = np.array([frame.step for frame in frames.frames])
    assert at[0] == 0 and at[-1] == steps and (np.diff(at) > 0).all()
    assert len(at) <= MOST_FRAMES and 4 * size * len(at) <= max(24_000_000, 16 * size)
    if size == 10 and steps > 3:
        ratio = at[3:] / at[2:-1]
        assert ratio.max() <= 2.0, "no doubling of the step without a frame"
        assert steps < 60 or len(at) > 20


def test_which_steps_does_not_depend_on_slices() -> None:
    """A frame is taken after its step, however many steps a slice has."""
    one, other = trained(), trained()
    assert [f.step for f in one.rounds()[0].learning.frames.frames] == [
        f.step for f in other.rounds()[0].learning.frames.frames
    ]


@pytest.mark.parametrize("ema", [0.0, 0.99])
def test_a_frame_is_what_a_training_stopped_there_has(ema: float) -> None:
    """Weights, hence trajectories, equal those of another training that was ended at that step, to the last bit."""
    experiment = replace(SMALL, rounds=1, training=Training(steps=60, batch=32, ema=ema))
    whole = lab(experiment)
    until(whole, lambda: bool(whole.rounds()) and whole.rounds()[0].v is not None)
    held = whole.rounds()[0]
    subject = held.subject(experiment.solver, experiment.seed)
    found = answered(Replay(count=40), subject)
    assert found.steps[0] == 0 and found.steps[-1] == 60 and len(found.steps) == len(subject.frames)
    seed = seed_of(experiment, ())
    for step, frame in list(zip(found.steps, found.frames, strict=True))[::5]:
        net = build(experiment.velocity, held.problem, seed, "cpu")
        alone = trainee_of(net, held.problem, experiment.training, seed)
        while alone.step < step:
            alone.advance(step - alone.step)
        v = alone.field()
        times, z = trajectories(v, held.problem.x0[:40].astype(float), ACCURATE)
        few = [int(np.flatnonzero(times == t)[0]) for t in frame.times]
        np.testing.assert_array_equal(frame.z, z[few].astype(np.float32))


def test_s_and_loss_of_the_last_frame_are_the_rounds() -> None:
    """Within their standard errors those of the figures, which rest on other particles."""
    made = trained(steps=300)
    held = made.rounds()[0]
    found = answered(Replay(count=400), held.subject(made.experiment.solver, 0))
    S, error = found.frames[-1].S
    evidence = Evidence(held.problem, held.v, held.truth, 1024, 0, 64)
    figure = Straightness().of(evidence)
    assert abs(S - figure.value) < 4 * np.hypot(error, figure.error or 0.0)
    x0, x1 = held.problem.x0[:400].astype(float), held.problem.x1[:400].astype(float)
    squares = [((x1 - x0 - evaluate(held.v, (1 - t) * x0 + t * x1, t)) ** 2).sum(1) for t in np.linspace(0, 1, 201)]
    loss, error = found.frames[-1].loss
    assert abs(loss - np.trapezoid(np.mean(squares, 1), dx=1 / 200)) < 0.2 * error


def test_a_frame_is_looked_at_once() -> None:
    made = trained()
    subject = made.rounds()[0].subject(made.experiment.solver, 0)
    few, all_of_them = answered(Replay(count=20, frames=3), subject), answered(Replay(count=20), subject)
    assert len(few.steps) == 3 and few.steps[0] == 0 and few.steps[-1] == 60
    assert all(any(frame is other for other in all_of_them.frames) for frame in few.frames)
    again = answered(Replay(count=20), subject)
    assert all(one is two for one, two in zip(all_of_them.frames, again.frames, strict=True))


@pytest.mark.parametrize("steps", [25, 60])
def test_frames_come_along_with_what_is_kept(steps: int) -> None:
    experiment = replace(SMALL, rounds=1, training=Training(steps=60, batch=32), velocity=MLP(width=8, depth=2))
    whole, half = lab(experiment), lab(experiment)
    done = lambda of: bool(of.rounds()) and of.rounds()[0].v is not None  # noqa: E731
    until(whole, lambda: done(whole))
    until(half, lambda: done(half) or (bool(half.rounds()) and half.rounds()[0].learning.trainee.step >= steps))
    back = Lab("cpu")
    back.restore(experiment, half.kept())
    until(back, lambda: done(back))
    one, two = (of.rounds()[0].learning.frames.frames for of in (whole, back))
    assert [f.step for f in one] == [f.step for f in two]
    assert all((f.v.flat == g.v.flat).all() for f, g in zip(one, two, strict=True))
