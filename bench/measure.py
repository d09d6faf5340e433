"""How long do the figures of one round take, each of them, on one thread and on all?

Trains the first round of eight Gaussians (a net of 3 x 128) for some steps and measures it with 4,096 samples, in
turns; medians of seconds of wall time with their spread are printed.  python bench/measure.py [--turns 5 --threads 1 2]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def measured(lab, held, threads: int) -> dict[str, float]:
    """Seconds by the kind of figure."""
    from engine import cores
    from engine.evidence import estimates
    from engine.rounds.measuring import Measuring

    cores.give(threads)
    estimates._found.clear()  # costs that another turn has found
    work, seconds = Measuring(), defaultdict(float)
    work.rest_on(*lab._asked())
    while (figure := work.missing(held.problem)) is not None:
        begun = time.perf_counter()
        work.measure(figure, lambda: lab._evidence(held, held.v))
        seconds[figure.metric().kind] += time.perf_counter() - begun
    assert not work.figures.failed, work.figures.failed
    return dict(seconds)


def main() -> None:
    from msgspec.structs import replace

    from engine import codec, cores
    from engine.lab import Lab

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, cores.physical()}))
    asked = parser.parse_args()
    experiment = codec.read(ROOT / "resources" / "presets" / "eight-gaussians.toml")
    experiment = replace(experiment, rounds=1, training=replace(experiment.training, steps=asked.steps))
    lab = Lab("cpu", by_round=True)
    lab.adopt(experiment)
    while not (lab.rounds() and lab.rounds()[0].v is not None):
        lab.advance(0.1)
    held = lab.rounds()[0]
    measured(lab, held, asked.threads[-1])  # imports
    found: dict[int, list[dict[str, float]]] = {threads: [] for threads in asked.threads}
    for _ in range(asked.turns):
        for threads, seen in found.items():
            seen.append(measured(lab, held, threads))
    print(f"{experiment.measure.samples:,} samples, medians of {asked.turns} turns, seconds by threads {asked.threads}")
    every = {threads: [sum(one.values()) for one in seen] for threads, seen in found.items()}
    said = (f"{statistics.median(of):.2f} ({min(of):.2f} to {max(of):.2f})" for of in every.values())
    print(f"{'all':24s}", *said)
    last = found[asked.threads[-1]]
    for kind in sorted(last[0], key=lambda kind: -last[0][kind]):
        print(f"{kind:24s}", *(f"{statistics.median(one[kind] for one in seen):8.3f}" for seen in found.values()))


if __name__ == "__main__":
    main()
