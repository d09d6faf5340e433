"""What went wrong in the hands of others, in training: each report is a trial of ours."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import engine.rounds.measuring
from engine.couplings.independent import Independent
from engine.distributions.file import File
from engine.distributions.gaussian import Gaussian
from engine.distributions.ring import Ring
from engine.headless import run
from engine.lab import Lab
from engine.learning.net import build
from engine.learning.trainee import Trainee
from engine.operations.distil import Distil
from engine.operations.noise_refresh import NoiseRefresh
from engine.parts import Problem
from engine.paths.straight import Straight
from engine.registry import kinds
from engine.report import snapshot
from engine.solvers.euler import Euler
from engine.spec import Experiment, Measure, Training
from engine.tree import Branch
from engine.velocities.mlp import MLP
from engine.worker import Engine, Request


def rectified(experiment: Experiment) -> Lab:
    lab = Lab("cpu")
    lab.adopt(experiment)
    while lab.advance(1.0):
        pass
    assert lab.phase == "done", lab.error
    return lab


# --- T1, gnobitab/RectifiedFlow 36: one shuffle for the whole training froze the independent coupling ---


@pytest.fixture
def clouds(tmp_path: Path) -> dict[str, File]:
    """64 points of N(0, 1) each, on the line."""
    found = {}
    for k, end in enumerate(("source", "target")):
        np.savetxt(tmp_path / f"{end}.csv", np.random.default_rng(k).standard_normal((64, 1)), delimiter=",")
        found[end] = File(path=str(tmp_path / f"{end}.csv"))
    return found


def test_t1_independent_points_get_new_partners_all_the_time(clouds: dict[str, File]) -> None:
    """Of one marked point, over 200 steps."""
    seen: set[float] = set()

    class Watched(Straight, frozen=True, tag="watched"):
        def at(self, x0: Any, x1: Any, t: Any) -> tuple[Any, Any]:
            if torch.is_tensor(x0):
                seen.update(x1[x0[:, 0] == x0.new_tensor(marked), 0].tolist())
            return Straight.at(self, x0, x1, t)

    experiment, marked = Experiment(**clouds, dim=1, coupling=Independent(pairs=64), path=Watched(), rounds=1), 0.0
    lab = Lab("cpu")
    lab.adopt(experiment)
    while not lab.rounds() or lab.rounds()[0].learning.trainee is None:
        lab.advance(0.0)
    problem = lab.rounds()[0].problem
    marked = float(problem.x0[0, 0])
    seen.clear()
    lab.rounds()[0].learning.trainee.advance(200)
    assert len(seen) > 30
    assert len(set(problem.x1[:, 0])) > 30


def test_t1_the_loss_of_few_points_does_not_sink(clouds: dict[str, File], monkeypatch: pytest.MonkeyPatch) -> None:
    """After 5,000 steps L is V of the independent coupling, about pi/2 for N(0, 1): nothing was learned by heart."""
    figures = {kind: kinds("metrics")[kind] for kind in ("loss", "loss_heldout")}
    monkeypatch.setattr(engine.rounds.measuring, "kinds", lambda family: figures)
    few = {"velocity": MLP(width=64, depth=2), "training": Training(steps=5000, batch=256)}
    lab = rectified(Experiment(**clouds, dim=1, coupling=Independent(pairs=4096), rounds=1, **few))
    (held,) = lab.rounds()
    told = float(held.learning.losses[-20:, 1].mean())
    single = held.own.figures.single
    assert told == pytest.approx(single["loss_heldout"].value, rel=0.1)
    variance = sum(float(np.var(end.points(1))) for end in (held.problem.source, held.problem.target)) / 2
    assert told == pytest.approx(variance * np.pi / 2, rel=0.15) and told > 0.3


# --- T4, klightz/PSF 4: reflow pairs with their ends swapped, and too few of them ---


@pytest.mark.parametrize("branch", [None, NoiseRefresh(strength=0.0), Distil()], ids=["reflow", "refreshed", "distil"])
def test_t4_pairs_of_the_next_round_run_from_the_source_to_the_target(
    branch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In what is exported too; by the accurate solver, whatever is on show."""
    monkeypatch.setattr(engine.rounds.measuring, "kinds", lambda family: {})
    ring, blob = Ring(radius=2.0, noise=0.0), Gaussian(mean=(6.0, 0.0), std=0.3)
    few = {"coupling": Independent(pairs=2000), "measure": Measure(samples=64)}
    few |= {"velocity": MLP(width=48, depth=2), "training": Training(steps=600, batch=256, rate=3e-3)}
    branches = () if branch is None else (Branch("b", 1, branch),)
    rounds = 2 if branch is None else 1
    experiment = Experiment(source=ring, target=blob, rounds=rounds, branches=branches, **few, solver=Euler(steps=1))
    tree = run(experiment, tmp_path / "out", "cpu")
    first, second = (held for _, held in tree)
    with np.load(tmp_path / "out" / "rounds" / "1.npz") as file:
        z0, z1 = file["z0"], file["z1"]
    for x0, x1 in ((z0, z1), (second.problem.x0, second.problem.x1)):
        radii = np.linalg.norm(x0, axis=1)
        assert radii.mean() == pytest.approx(2.0, abs=0.02) and radii.std() < 0.02
        assert np.linalg.norm(x1.mean(0) - [6.0, 0.0]) < 0.15
    assert np.array_equal(z0, first.problem.x0)
    crude = z0 + first.v(first.v.enter(z0), 0.0).numpy()
    assert np.abs(crude - z1).max() > 10 * np.abs(accurate(first, z0) - z1).max()


def accurate(held: Any, z0: np.ndarray) -> np.ndarray:
    """Where 400 steps lead, in float64: an independent integration."""
    z, v = z0.copy(), held.v.double()
    for k in range(400):
        t, h = k / 400, 1 / 400
        half = z + h / 2 * v(v.enter(z), t).numpy().astype(float)
        z = z + h * v(v.enter(half), t + h / 2).numpy().astype(float)
    return z


@pytest.mark.parametrize(("pairs", "batch", "rounds", "told"), [(100, 256, 2, [0, 1]), (300, 256, 2, [0, 0])])
def test_t4_fewer_pairs_than_a_batch_are_said(pairs: int, batch: int, rounds: int, told: list[int]) -> None:
    """Of reflow pairs: independent ends make n² pairs of n points."""
    few = {"velocity": MLP(width=8, depth=1), "training": Training(steps=5, batch=batch)}
    coupling = Independent(pairs=pairs)
    ends = {"source": Ring(), "target": Gaussian(), "measure": Measure(samples=64)}
    lab = rectified(Experiment(**ends, coupling=coupling, rounds=rounds, **few))
    words = [
        f"Each batch of 256 sees its {pairs} pairs several times" in view.remark for view in snapshot(lab).rounds[1:]
    ]
    assert words == [bool(x) for x in told]


# --- T7, zhuyu-cs/MeanFlow 38: an adaptive weight made every loss 1 ---


@pytest.mark.parametrize("times", ["uniform", "logit-normal", "u-shaped"])
@pytest.mark.parametrize("weighting", ["none", "even", "late"])
def test_t7_the_loss_of_a_distillation_is_the_plain_error_and_falls(times: str, weighting: str) -> None:
    """Whatever the training times and weights: |Z1 - Z0 - v(Z0, 0)|² over the pairs."""
    rng = np.random.default_rng(0)
    x0 = rng.standard_normal((2000, 2))
    x1 = np.sign(x0) * 3 + 0.3 * x0
    lineage = (Distil(),)
    problem = Problem(2, 2, Gaussian(), Gaussian(), Independent(), Straight(), x0, x1, lineage)
    numbers = Training(steps=1000, batch=256, times=times, weighting=weighting, ema=0.9)
    trainee = Trainee(build(MLP(width=32, depth=2), problem, 0, "cpu"), x0, x1, Straight(), numbers, 1, False, True)
    trainee.advance(1000)
    losses = trainee.losses[:, 1]
    v = trainee.field()
    plain = float(((x1 - x0 - v(v.enter(x0), 0.0).numpy()) ** 2).sum(1).mean())
    assert losses[0] > 3 * losses[-1] and np.median(losses[:5]) > np.median(losses[-5:])
    assert np.mean(losses[-5:]) == pytest.approx(plain, rel=0.3)


# --- T14, DeepLabCut 2447: after a stop by hand nothing else was accepted (the window's part: tests/app/test_window.py)


def test_t14_pause_is_heard_at_once_and_the_next_word_too() -> None:
    made = Engine("cpu")
    made.start()
    ends = {"source": Gaussian(), "target": Ring(), "coupling": Independent(pairs=2000)}
    try:
        experiment = Experiment(**ends, rounds=1, training=Training(steps=100_000))
        made.submit(Request(experiment, 1))
        while (shown := made.snapshots.take(10.0)).step < 50:
            pass
        begun, spent = time.monotonic(), time.process_time()
        made.submit(Request(experiment, 2, running=False))
        while (shown := made.snapshots.take(10.0)).request != 2 or shown.phase != "paused":
            pass
        assert min(time.monotonic() - begun, time.process_time() - spent) < 2.0
        short = Training(steps=shown.step + 10)
        made.submit(Request(Experiment(**ends, rounds=2, training=short), 3))
        while (shown := made.snapshots.take(20.0)).rounds[-1].name != "2":
            assert not shown.message
        assert shown.request == 3
    finally:
        assert made.close(20.0)
