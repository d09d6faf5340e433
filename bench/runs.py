"""How many runs an hour does a sweep make, and how many one process for each run?

The same runs, nets of 3 x 64 with batches of 256 and other seeds, in turns: as a sweep, whose processes stay and keep
what runs have in common, and as ``main.py run`` for each. Both use ``--jobs`` processes at once, and write the same
figures.  python bench/runs.py [--runs 8 --steps 2000 --samples 1024 --jobs 2 --turns 3]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPEC = """seed = {seed}
rounds = 1
[source]
kind = "gaussian"
[target]
kind = "eight gaussians"
[coupling]
kind = "independent"
pairs = 20000
[velocity]
kind = "mlp"
width = 64
depth = 3
[training]
steps = {steps}
batch = 256
[measure]
samples = {samples}
"""


def swept(folder: Path, asked: argparse.Namespace) -> list[dict]:
    path = folder / "sweep.toml"
    (folder / "spec.toml").write_text(SPEC.format(seed=0, steps=asked.steps, samples=asked.samples))
    path.write_text(f'spec = "spec.toml"\nseeds = {asked.runs}\n')
    words = ["sweep", path, "--out", folder / "out", "--jobs", str(asked.jobs), "--device", "cpu"]
    subprocess.run([sys.executable, "main.py", *words], cwd=ROOT, check=True, capture_output=True)
    return [told(path.parent) for path in sorted((folder / "out" / "runs").glob("*/metrics.json"))]


def each(folder: Path, asked: argparse.Namespace) -> list[dict]:
    def one(seed: int) -> dict:
        path = folder / f"{seed}.toml"
        path.write_text(SPEC.format(seed=seed, steps=asked.steps, samples=asked.samples))
        threads = str(max(1, (os.cpu_count() or 1) // asked.jobs))
        words = ["run", path, "--out", folder / str(seed), "--threads", threads, "--device", "cpu"]
        subprocess.run([sys.executable, "main.py", *words], cwd=ROOT, check=True, capture_output=True)
        return told(folder / str(seed))

    with ThreadPoolExecutor(asked.jobs) as pool:
        return list(pool.map(one, range(asked.runs)))


def told(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("runs", 8), ("steps", 2000), ("samples", 1024), ("jobs", 2), ("turns", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {"sweep": [], "a process for each": []}
    figures = {}
    for _ in range(asked.turns):
        for name, make in (("sweep", swept), ("a process for each", each)):
            with tempfile.TemporaryDirectory() as folder:
                begun, used = time.perf_counter(), _used()
                figures[name] = make(Path(folder), asked)
                found[name].append((time.perf_counter() - begun, _used() - used))
    print(
        f"{asked.runs} runs of {asked.steps:,} steps, {asked.samples:,} samples, {asked.jobs} at once; seconds of a run"
    )
    medians = {}
    for name, times in found.items():
        wall, processor = (statistics.median(t[k] for t in times) / asked.runs for k in (0, 1))
        medians[name] = wall, processor
        print(f"{name:20s} {wall:6.2f} by the clock, {processor:6.2f} of the processors: {3600 / wall:6.0f} an hour")
    one, other = medians.values()
    print(f"ratio {other[0] / one[0]:.2f} by the clock, {other[1] / one[1]:.2f} of the processors")
    print(f"load {os.getloadavg()[0]:.1f}; runs with figures: {[len(each) for each in figures.values()]}")


def _used() -> float:
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


if __name__ == "__main__":
    main()
