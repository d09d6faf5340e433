"""How long do the figures of one round take, each of them, on one thread and on all?

Trains the first round of eight Gaussians (a net of 3 x 128) for some steps and measures it with 4,096 samples, in
turns; medians of seconds with their spread are printed, of wall time, and of the processor, which other programs hardly
change.  python bench/measure.py [--turns 5 --threads 1 2]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def measured(lab, held, threads: int) -> dict[str, tuple[float, float]]:
    """Seconds of wall time and of the processor, by the kind of figure."""
    from engine import cores
    from engine.evidence import estimates
    from engine.rounds.measuring import Measuring

    cores.give(threads)
    estimates._found.clear()  # costs that another turn has found
    work, seconds = Measuring(), defaultdict(lambda: (0.0, 0.0))
    work.rest_on(*lab._asked())
    while (figure := work.missing(held.problem)) is not None:
        begun, used = time.perf_counter(), time.process_time()
        work.measure(figure, lambda: lab._evidence(held, held.v))
        kind = figure.metric().kind
        wall, processor = seconds[kind]
        seconds[kind] = wall + time.perf_counter() - begun, processor + time.process_time() - used
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
    found: dict[int, list[dict[str, tuple[float, float]]]] = {threads: [] for threads in asked.threads}
    for _ in range(asked.turns):
        for threads, seen in found.items():
            seen.append(measured(lab, held, threads))
    print(f"{experiment.measure.samples:,} samples, medians of {asked.turns} turns, seconds by threads {asked.threads}")
    for k, clock in enumerate(("by the clock", "of the processor")):
        every = {threads: [sum(each[k] for each in one.values()) for one in seen] for threads, seen in found.items()}
        said = (f"{statistics.median(of):.2f} ({min(of):.2f} to {max(of):.2f})" for of in every.values())
        print(f"{'all ' + clock:24s}", *said)
    last = found[asked.threads[-1]][0]
    for kind in sorted(last, key=lambda kind: -last[kind][1]):
        each = (statistics.median(one[kind][k] for one in seen) for k in (0, 1) for seen in found.values())
        print(f"{kind:24s}", *(f"{seconds:8.3f}" for seconds in each))
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
