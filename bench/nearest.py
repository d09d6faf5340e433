"""How long do the next round's pairs take with the kernel velocity, which averages the 100 nearest of 50,000 pairs?

In cells, whose points share a search (``engine/fields/cells.py``), by the accurate solver; beside it what a search for
each point would take, from some evaluations.  python bench/nearest.py [--pairs 50000 --threads 2]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

EVALUATIONS = 84  # of the accurate solver
SOME = 4096  # points of which the search for each is measured


def main() -> None:
    import numpy as np

    from engine import codec, cores
    from engine.fields.kernel import AverageField, KernelField
    from engine.motion.flow import ACCURATE, end_points

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=50_000)
    parser.add_argument("--nearest", type=int, default=100)
    parser.add_argument("--threads", type=int, default=cores.physical())
    parser.add_argument("--scenes", nargs="+", default=["eight-gaussians", "knot-to-circle"])
    asked = parser.parse_args()
    for scene in asked.scenes:
        experiment = codec.read(ROOT / "resources" / "presets" / f"{scene}.toml")
        rng = np.random.default_rng(0)
        x0, x1 = (law.sample(asked.pairs, experiment.dim, rng) for law in (experiment.source, experiment.target))
        field = AverageField(experiment.path, x0, x1, asked.nearest)
        cores.give(1)
        begun = time.process_time()
        for t in (0.25, 0.75):
            KernelField.__call__(field, experiment.path.at(x0, x1, t)[0][:SOME], t)
        alone = (time.process_time() - begun) / 2 * len(x0) / SOME * EVALUATIONS
        cores.give(asked.threads)
        begun, used = time.perf_counter(), time.process_time()
        end_points(field, x0, ACCURATE)
        wall, processor = time.perf_counter() - begun, time.process_time() - used
        print(
            f"{scene}: {asked.pairs:,} pairs, {asked.threads} threads: {wall:.1f} s by the clock, {processor:.1f} of "
            f"the processor; a search for each point about {alone:.0f}, {alone / processor:.1f} times as many; "
            f"load {os.getloadavg()[0]:.1f}"
        )


if __name__ == "__main__":
    main()
