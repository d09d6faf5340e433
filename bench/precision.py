"""Fit of nets trained in float32 and in mixed precision: the fit gap over seeds, on three scenes.

Mixed precision is trained whether the program would use it here or not (``engine/learning/mixed.py``). The fit gap is
E|v - v*|^2 of the averaged weights on held-out (X_t, t), with v* in closed form, in units of E|dX|^2 about its mean; a
difference within two standard errors of 0 is none that these seeds can tell.

    .venv/bin/python bench/precision.py                       # ten seeds: some minutes
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

from engine.couplings.independent import Independent
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.gaussian import Gaussian
from engine.distributions.lattice import Lattice
from engine.distributions.two_modes import TwoModes
from engine.fields.closed import closed_form
from engine.fields.field import evaluate
from engine.learning import mixed
from engine.learning.trainee import Trainee
from engine.parts import Problem
from engine.paths.straight import Straight
from engine.spec import Training
from engine.velocities.mlp import MLP

SCENES = {"eight Gaussians": EightGaussians(), "two modes": TwoModes(), "lattice": Lattice()}
WAYS = ("float32", "mixed")
HELD_OUT, POINTS = 8192, 20_000


def gap(target: object, precision: str, seed: int, asked: argparse.Namespace) -> float:
    rng = np.random.default_rng(seed)
    source = Gaussian()
    x0, x1, a, b = (law.sample(n, 2, rng) for n in (POINTS, HELD_OUT) for law in (source, target))
    problem = Problem(2, 1, source, target, Independent(), Straight(), x0, x1)
    training = Training(steps=asked.steps, batch=asked.batch, precision=precision)
    net = MLP(width=asked.width, depth=3).build(problem, seed, "cpu")
    of = Trainee(net, x0, x1, problem.path, training, seed + 1, True)
    of.advance(asked.steps)
    t = (np.arange(HELD_OUT) + 0.5)[:, None] / HELD_OUT
    x = a + t * (b - a)
    rest = evaluate(of.field(), x, t) - closed_form(problem)(x, t)
    return float((rest**2).sum(1).mean() / (b - a).var(0).sum())


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--seeds", type=int, default=10)
    read.add_argument("--steps", type=int, default=2000)
    read.add_argument("--width", type=int, default=64)
    read.add_argument("--batch", type=int, default=256)
    asked = read.parse_args()
    torch.set_num_threads(1)
    gains, mixed.pays = mixed.pays("cpu"), lambda device: True
    print(
        f"3x{asked.width}/{asked.batch}, {asked.steps:,} steps, {asked.seeds} seeds: gap in float32, mixed, difference"
    )
    print("The program trains in mixed precision here." if gains else mixed.NO_GAIN)
    for name, target in SCENES.items():
        found = {kind: np.array([gap(target, kind, seed, asked) for seed in range(asked.seeds)]) for kind in WAYS}
        apart = found["mixed"] - found["float32"]
        columns = [f"{x.mean():.5f} ± {x.std(ddof=1) / np.sqrt(len(x)):.5f}" for x in found.values()]
        columns.append(f"{apart.mean():.1e} ± {apart.std(ddof=1) / np.sqrt(len(apart)):.0e}")
        print(f"{name:16s} {'   '.join(columns)}", flush=True)


if __name__ == "__main__":
    main()
