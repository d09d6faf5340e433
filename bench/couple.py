"""Exact optimal transport: our function against scipy's assignment, in turns, on the same clouds.

    python bench/couple.py [--most 4096] [--turns 3]

Prints the machine, then a line per number of pairs: seconds by the clock and by the processor (medians over the
turns; other programs slow the clock, less so the processor time), their ratio, and the mean cost |X1 - X0|², which
must be the same. Above the largest single plan ours goes block by block, which costs a little; scipy is left out there.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.gaussian import Gaussian
from engine.matching.assignment import EXACT, blocks_said, blockwise, exact, last
from engine.matching.simplex import pot

BLOCK = 2048
SAME = 1e-9  # relative difference of two equal costs


def scipys(x0: np.ndarray, x1: np.ndarray) -> np.ndarray:
    """Partners (n,), as anybody would call it."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    return linear_sum_assignment(cdist(x0, x1, "sqeuclidean"))[1]


def clouds(n: int, turn: int) -> tuple[np.ndarray, np.ndarray]:
    return tuple(
        law.sample(n, 2, np.random.default_rng([turn, k])) for k, law in enumerate((Gaussian(), EightGaussians()))
    )


def timed(match: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    partner = match()
    return partner, time.perf_counter() - clock, time.process_time() - processor


def cost(x0: np.ndarray, x1: np.ndarray, partner: np.ndarray) -> float:
    return float(((x1[partner] - x0) ** 2).sum(1).mean())


def compare(n: int, turns: int) -> str:
    """One line: both in turns on the same clouds."""
    took: dict[str, list[tuple[float, float]]] = {"ours": [], "scipy": []}
    costs = []
    for turn in range(turns):
        x0, x1 = clouds(n, turn)
        matches = {"ours": lambda a=x0, b=x1: exact(a, b), "scipy": lambda a=x0, b=x1: scipys(a, b)}
        found = {}
        for name in sorted(matches, reverse=bool(turn % 2)):  # who goes first changes
            partner, clock, processor = timed(matches[name])
            took[name].append((clock, processor))
            found[name] = cost(x0, x1, partner)
        if abs(found["ours"] - found["scipy"]) > SAME * found["scipy"]:
            raise SystemExit(f"{n} pairs: costs differ, {found['ours']!r} and {found['scipy']!r}")
        costs.append(found["ours"])
    middle = {name: [statistics.median(x) for x in zip(*times, strict=True)] for name, times in took.items()}
    (clock, cpu), (other, other_cpu) = middle["ours"], middle["scipy"]
    return (
        f"{n:>6,}  {clock:8.3f} {other:8.3f} {other / clock:7.1f}   {cpu:8.3f} {other_cpu:8.3f} "
        f"{other_cpu / cpu:7.1f}   {statistics.mean(costs):.6f}"
    )


def blocks(n: int, turns: int) -> str:
    """One line: ours alone, block by block."""
    took, costs = [], []
    for turn in range(turns):
        x0, x1 = clouds(n, turn)
        partner, *times = timed(lambda a=x0, b=x1: last(blockwise(a, b, BLOCK, np.random.default_rng(0))))
        took.append(times)
        costs.append(cost(x0, x1, partner))
    clock, cpu = (statistics.median(x) for x in zip(*took, strict=True))
    times = f"{clock:8.3f} {'-':>8} {'-':>7}   {cpu:8.3f} {'-':>8} {'-':>7}"
    return f"{n:>6,}  {times}   {statistics.mean(costs):.6f}  {blocks_said(n, 2, BLOCK)}"


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument(
        "--most", type=int, default=EXACT, help="most pairs for scipy, which takes half a minute at 4,096"
    )
    given.add_argument("--turns", type=int, default=3)
    given = given.parse_args()
    import scipy

    exact(*clouds(300, 0))  # imports belong to nobody's time
    print(machine())
    print(
        f"POT {pot().__version__}, scipy {scipy.__version__}; gaussian to eight gaussians in 2-D; {given.turns} turns"
    )
    print(f"{'':6}  {'seconds by the clock':>25}   {'seconds of the processor':>25}")
    print(f"{'pairs':>6}  {'ours':>8} {'scipy':>8} {'ratio':>7}   {'ours':>8} {'scipy':>8} {'ratio':>7}   mean cost")
    for n in (512, 1024, 2048, 4096):
        if n <= given.most:
            print(compare(n, given.turns), flush=True)
    for n in (8192, 16384):
        print(blocks(n, given.turns), flush=True)


if __name__ == "__main__":
    main()
