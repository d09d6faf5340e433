"""True spread of every figure over independent seeds, in units of its stated standard error.

    python bench/calibrate.py [--seeds 50] [--samples 512] [--pairs 2000] [--scenes NAME ...] [--figures KIND ...]

Each scene has one velocity, frozen; pairs, particles and clouds are drawn anew for every seed. Prints a table in
Markdown: a row per figure and rung, a column per scene. 1 is a true error, 2 an error that is told too small by a half.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.couplings.independent import Independent
from engine.couplings.optimal import Optimal
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture
from engine.distributions.two_modes import TwoModes
from engine.distributions.uniform_box import UniformBox
from engine.evidence import evidence
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import Evidence
from engine.fields.closed import closed_form
from engine.fields.field import Field, Given
from engine.motion.flow import ACCURATE, end_points
from engine.operations.distil import Distil
from engine.operations.reflow import Reflow
from engine.parts import Coupling, Distribution, Problem
from engine.paths.straight import Straight
from engine.registry import kinds
from engine.velocities.mlp import MLP

LINE = (
    GaussianMixture(means=((-1.0,), (1.5,)), stds=(0.5, 0.9), weights=(0.4, 0.6)),
    GaussianMixture(means=((0.0,), (3.0,)), stds=(0.4, 1.0), weights=(0.3, 0.7)),
)


def drawn(
    source: Distribution, target: Distribution, dim: int, pairs: int, seed: int, coupling: Coupling | None = None
) -> Problem:
    """A first round."""
    coupling = coupling or Independent()
    rng = np.random.default_rng([99, seed])
    clouds = (source.sample(pairs, dim, rng), target.sample(pairs, dim, rng))
    return Problem(dim, 1, source, target, coupling, Straight(), *coupling.pair(*clouds, rng))


def reflowed(first: Problem) -> Problem:
    """The second round, from the exact flow of the first."""
    z1 = end_points(closed_form(first), first.x0, ACCURATE)
    return replace(first, round=2, x1=z1, lineage=(Reflow(),))


def net(problem: Problem, steps: int = 400) -> Field:
    """A small net after a short training: far enough from v* to have a fit gap."""
    from engine.learning.trainee import Trainee
    from engine.spec import Training

    v = MLP(width=32, depth=2).build(problem, 0, "cpu")
    training = Training(steps=steps, batch=256)
    trainee = Trainee(
        v, problem.x0, problem.x1, problem.path, training, 1, problem.round == 1 and problem.coupling.independent
    )
    while not trainee.done:
        trainee.advance(50)
    return trainee.field()


def turning(problem: Problem) -> Field:
    """v* and a turn: what it generates is off, and costs more than it must."""
    v = closed_form(problem)
    return Given(lambda x, t: v(x, t) + x @ np.array([[0.0, 1.0], [-1.0, 0.0]]))


def half(problem: Problem) -> Field:
    """A one-step map that goes half of the way."""
    return Given(lambda x, t: 0.5 * x)


@dataclass(frozen=True)
class Scene:
    """Pairs by seed and their number, and how its velocity is made of some pairs; ``known``: that is v*."""

    problem: Callable[[int, int], Problem]
    field: Callable[[Problem], Field]
    known: bool

    def evidences(self, seeds: int, samples: int, pairs: int) -> Iterator[Evidence]:
        v = self.field(self.problem(pairs, 10_000))
        for seed in range(seeds):
            yield Evidence(self.problem(pairs, seed), v, v if self.known else None, samples, seed, samples)


SCENES = {
    "eight gaussians": Scene(lambda n, k: drawn(Gaussian(), EightGaussians(), 2, n, k), closed_form, True),
    "box, net": Scene(lambda n, k: drawn(Gaussian(), UniformBox(), 2, n, k), net, False),
    "second round, net": Scene(
        lambda n, k: reflowed(drawn(Gaussian(), TwoModes(at=3.0, separation=4.0), 2, n, k)), net, False
    ),
    "on the line": Scene(lambda n, k: drawn(*LINE, 1, n, k), closed_form, True),
    "turning": Scene(lambda n, k: drawn(Gaussian(), EightGaussians(), 2, n, k), turning, False),
    "one step": Scene(
        lambda n, k: replace(drawn(Gaussian(), EightGaussians(), 2, n, k), round=2, lineage=(Distil(),)), half, False
    ),
    "optimal pairs, net": Scene(lambda n, k: drawn(Gaussian(), UniformBox(), 2, n // 4, k, Optimal()), net, False),
}


def figures(of_round: Evidence, only: set[str], brief: bool = False) -> Iterator[tuple[str, Estimate]]:
    """By name; all that apply, with every rung, or with the middle one alone."""
    for kind, metric in kinds("metrics").items():
        left_out = (only and kind not in only) or (of_round.problem.one_step and not metric.of_map)
        if left_out or not metric().applies(of_round.problem):
            continue
        rungs = metric.ladder or (None,)
        for rung in rungs[len(rungs) // 2 :][:1] if brief else rungs:
            name = kind if rung is None else f"{kind} {rung:g}"
            yield name, metric().of(of_round) if rung is None else metric().rung(of_round, rung)


def ratio(found: list[Estimate]) -> float:
    """Spread of the values in stated errors; nan where there is no error, or nothing that spreads."""
    if any(e.error is None for e in found):
        return float("nan")
    stated, true = np.sqrt(np.mean([e.error**2 for e in found])), np.std([e.value for e in found], ddof=1)
    still = 1e-9 * abs(np.mean([e.value for e in found])) + 1e-15
    return float(true / stated) if max(stated, true) > still else float("nan")


def measured(
    scene: Scene, seeds: int, samples: int, pairs: int, only: set[str], brief: bool = False
) -> dict[str, list[Estimate]]:
    """Every figure of every seed."""
    found: dict[str, list[Estimate]] = {}
    for of_round in scene.evidences(seeds, samples, pairs):
        for name, estimate in figures(of_round, only, brief):
            found.setdefault(name, []).append(estimate)
    return found


def table(columns: dict[str, dict[str, list[Estimate]]]) -> str:
    """The rows of all scenes, in the order of the first that has them."""
    rows = list(dict.fromkeys(name for found in columns.values() for name in found))
    lines = ["| figure | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name in rows:
        cells = []
        for found in columns.values():
            value = ratio(found[name]) if name in found else float("nan")
            cells.append("" if np.isnan(value) else f"{value:.2f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--samples", type=int, default=512)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--scenes", nargs="*", default=list(SCENES), choices=list(SCENES))
    parser.add_argument("--figures", nargs="*", default=[])
    parser.add_argument("--regressed", type=int, default=evidence.REGRESSED, help="least pairs of a regression")
    parser.add_argument("--values", action="store_true", help="print the figures' means, too")
    given = parser.parse_args()
    evidence.REGRESSED = given.regressed
    columns = {}
    for name in given.scenes:
        columns[name] = measured(SCENES[name], given.seeds, given.samples, given.pairs, set(given.figures))
        print(f"{name}: {given.seeds} seeds", file=sys.stderr, flush=True)
    print(table(columns))
    if given.values:
        for name, found in columns.items():
            told = (f"{kind} {np.mean([e.value for e in es]):.4g}" for kind, es in found.items())
            print(f"\n{name}: {', '.join(told)}")


if __name__ == "__main__":
    main()
