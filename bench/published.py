"""The published toys of resources/presets/published: trained in full, and measured as their papers measure them.

    .venv/bin/python bench/published.py c2ot-fm icfm-gaussian-moons --seeds 3

One line of JSON for each spec and seed. W2 is between as many generated points as target points: 10,000 and squared
for C2OT's (one Euler step, and an accurate solver), 1,000 and not squared for Tong's (100 Euler steps). Moons of
torchdyn come on a grid of the half circles there, half of them each, and so they do here. ``floor``: the same between
two such samples. NPE is |PE - W2²|/W2² with PE the path energy and W2² between 4,096 points of both ends.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import msgspec
import numpy as np

from engine.codec import read
from engine.distributions.moons import Moons
from engine.evidence.evidence import assignment_cost
from engine.fields.field import Field, evaluate
from engine.motion.flow import accurate, end_points
from engine.parts import Distribution
from engine.preview import draw_pairs
from engine.rounds.round import begin
from engine.solvers.euler import Euler
from engine.spec import Experiment

SPECS = Path(__file__).parent.parent / "resources" / "presets" / "published"


def trained(asked: Experiment) -> tuple[Field, object]:
    """The velocity of round 1, by its raw or averaged weights as the spec says, and its problem."""
    held = begin(asked, asked.nodes()[0], draw_pairs(asked), "cpu")
    trainee = held.learning.trainee
    while not trainee.done:
        trainee.advance(100)
    if trainee.failed:
        raise SystemExit("training diverged")
    return trainee.field(), held.problem


def targets(law: Distribution, n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` points of the target as the papers' code draws them."""
    if not isinstance(law, Moons) or not law.offset:
        return law.sample(n, 2, rng)
    angle = np.linspace(0, np.pi, n // 2)
    x, y = np.cos(angle), np.sin(angle)
    moons = np.concatenate([np.column_stack([x, y]), np.column_stack([1 - x, 0.5 - y])])
    return law.scale * (moons + law.offset * rng.random((len(moons), 1))) + np.asarray(law.shift)


def of_c2ot(v: Field, problem: object, asked: Experiment, n: int, rng: np.random.Generator) -> dict[str, float]:
    """W2 squared after one Euler step, and after an accurate solution."""
    x0, x1, other = asked.source.sample(n, 2, rng), targets(asked.target, n, rng), targets(asked.target, n, rng)
    once, whole = end_points(v, x0, Euler(steps=1)), end_points(v, x0, accurate(problem))
    squared = {"euler 1": once, "adaptive": whole, "floor": other}
    return {f"W2 squared, {name}": assignment_cost(z, x1) for name, z in squared.items()}


def of_tong(v: Field, problem: object, asked: Experiment, n: int, rng: np.random.Generator) -> dict[str, float]:
    """W2 after 100 Euler steps, and NPE."""
    z, energy = asked.source.sample(n, 2, rng), 0.0
    for k in range(100):
        slope = evaluate(v, z, k / 100)
        energy += float((slope**2).sum(1).mean()) / 100
        z = z + slope / 100
    x1, other = (asked.target.sample(n, 2, rng) for _ in range(2))
    ends = assignment_cost(asked.source.sample(4096, 2, rng), asked.target.sample(4096, 2, rng))
    found = {"W2": assignment_cost(z, x1) ** 0.5, "W2, floor": assignment_cost(other, x1) ** 0.5}
    return found | {"NPE": abs(energy - ends) / ends, "path energy": energy, "W2 squared of the ends": ends}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("specs", nargs="*", default=sorted(file.stem for file in SPECS.glob("*.toml")))
    words.add_argument("--seeds", type=int, default=1, help="seeds 0, 1, ... of each spec")
    words.add_argument("--first", type=int, default=0, help="the first of them")
    words.add_argument("--steps", type=int, default=0, help="fewer training steps than the spec has")
    words.add_argument("--points", type=int, default=0, help="other numbers of points than the papers'")
    given = words.parse_args()
    for seed in range(given.first, given.first + given.seeds):
        for name in given.specs:
            asked = msgspec.structs.replace(read(SPECS / f"{name}.toml"), seed=seed)
            if given.steps:
                fewer = msgspec.structs.replace(asked.training, steps=given.steps)
                asked = msgspec.structs.replace(asked, training=fewer)
            begun = time.process_time()
            v, problem = trained(asked)
            took = time.process_time() - begun
            measure, points = (of_c2ot, 10_000) if name.startswith("c2ot") else (of_tong, 1000)
            found = measure(v, problem, asked, given.points or points, np.random.default_rng([seed, 0x9B]))
            told = {key: round(value, 4) for key, value in found.items()}
            print(json.dumps({"spec": name, "seed": seed, **told, "CPU seconds": round(took)}), flush=True)


if __name__ == "__main__":
    main()
