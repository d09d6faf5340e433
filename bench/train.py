"""Training steps per second, and time to a fit gap: our engine in float32 and in mixed precision, a plain PyTorch loop,
the same compiled, and JAX.

One process each, in short turns, so that a busy machine is busy for all of them. Net, batch, data, optimiser, average
and the centring of the inputs are the same. Wall time is what a person waits; processor time is the fairer figure on a
shared machine. Mixed precision is measured whether the program would use it here or not (``engine/learning/mixed.py``).
The fit gap is E|v - v*|^2 of the averaged weights on held-out (X_t, t), with v* in closed form.

    .venv/bin/python bench/train.py                            # everything: about ten minutes
    .venv/bin/python bench/train.py --sizes 3x64/256 --seconds 0.5 --turns 3 --gap 0
    .venv/bin/python bench/train.py --devices cuda             # the turns on a GPU alone
    pip install 'rewire[bench]'                                # for the JAX column; jax[cuda13] on a GPU
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEVICES = ("cpu", "cuda")
GOALS = {"3x128/1024": 10}  # times the eager loop, on a GPU
WAYS = ("engine", "mixed", "eager", "compiled", "jax")
SIZES = ("3x64/256", "3x128/1024", "3x128/2048", "4x256/4096")


class Child:
    """One way to train, in a process of its own."""

    def __init__(self, way: str, text: str, threads: int, device: str) -> None:
        self.way = way
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "bench/ways.py"), way, text, str(threads), device],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip

    def ask(self, steps: int, gap: bool = False) -> tuple[float, float, float | None]:
        try:
            self._process.stdin.write(json.dumps([steps, gap]) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError((self._process.stderr.read().strip().splitlines() or ["it ended"])[-1])
        return tuple(json.loads(line))

    def end(self) -> None:
        self._process.communicate()


def begun(ways: list[str], text: str, threads: int, device: str) -> list[Child]:
    """Those that work on this machine, warm; says why the others do not."""
    children = []
    for way in ways:
        one = Child(way, text, threads, device)
        try:
            one.ask(50)
            children.append(one)
        except RuntimeError as error:
            print(f"  {way}: left out ({error})", flush=True)
    return children


def speed(children: list[Child], seconds: float, turns: int) -> dict[str, tuple[float, ...]]:
    """Steps per second of each: median over turns by wall and by processor time, least and most by wall."""
    steps, rates = {}, {one.way: [] for one in children}
    for one in children:
        wall, _, _ = one.ask(25)
        steps[one.way] = max(25, 25 * round(seconds / wall))
    for _ in range(turns):
        for one in children:
            n = steps[one.way]
            wall, processor, _ = one.ask(n)
            rates[one.way].append((n / wall, n / processor))
    return {
        way: (*map(statistics.median, zip(*found, strict=True)), min(found)[0], max(found)[0])
        for way, found in rates.items()
    }


def race(text: str, threads: int, device: str, ways: list[str], gap: float, most: float) -> None:
    """Seconds of training, from fresh weights, until the gap is reached; looks every 250 steps, outside the clock."""
    children = begun([way for way in ways if way != "compiled"], text, threads, device)  # it fits as eager does
    for one in children:
        wall = processor = 0.0
        steps, reached = 50, None
        while wall < most:
            one_wall, one_processor, reached = one.ask(250, gap=True)
            wall, processor, steps = wall + one_wall, processor + one_processor, steps + 250
            if reached is None or reached < gap:
                break
        said = f"gap {reached:.4f} after {steps:,} steps" if reached is not None else "diverged"
        print(f"  {one.way:9s} {wall:7.1f} s wall {processor:7.1f} s processor   {said}", flush=True)
        one.end()


def machine() -> str:
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    versions = []
    for package in ("torch", "jax"):
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} not installed")
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{load}; Python {platform.python_version()}, {', '.join(versions)}"


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--sizes", nargs="+", default=SIZES, help="depth x width / batch")
    read.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    read.add_argument("--devices", nargs="+", default=DEVICES, choices=DEVICES)
    read.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="processor cores")
    read.add_argument("--seconds", type=float, default=1.0, help="of one turn")
    read.add_argument("--turns", type=int, default=7)
    read.add_argument("--gap", type=float, default=0.1, help="fit gap to reach, in length²; 0: no race")
    read.add_argument("--most", type=float, default=120.0, help="seconds of a race, for each")
    asked = read.parse_args()
    print(machine(), flush=True)
    for threads in asked.threads if "cpu" in asked.devices else ():
        for text in asked.sizes:
            turns(text, f"{threads} core" + "s" * (threads > 1), threads, "cpu", asked)
    if "cuda" in asked.devices and (name := gpu()):
        for text in asked.sizes:
            turns(text, name, 1, "cuda", asked)


def turns(text: str, where: str, threads: int, device: str, asked: argparse.Namespace) -> None:
    """All ways, one size, one device: the table and the race."""
    print(f"{text} on {where}, steps per second of wall time, least and most (processor):")
    children = begun(asked.ways, text, threads, device)
    found = speed(children, asked.seconds, asked.turns)
    for one in children:
        one.end()
    ours = found.get("engine")
    for way, (wall, processor, least, most) in found.items():
        ratio = ""
        if ours and way != "engine":
            ratio = f"   engine is {ours[0] / wall:.2f} ({ours[1] / processor:.2f}) times this"
        if ratio and device == "cuda" and way == "eager" and text in GOALS:
            ratio += f", and {GOALS[text]} times are wanted"
        print(f"  {way:9s} {wall:8.0f}, {least:5.0f} to {most:5.0f} ({processor:5.0f}){ratio}", flush=True)
    if asked.gap > 0:
        race(text, threads, device, asked.ways, asked.gap, asked.most)


def gpu() -> str:
    """The name of an Nvidia GPU that torch sees; empty where there is none, which is said."""
    code = "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else '')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    name = done.stdout.strip()
    if not name:
        print("No GPU that torch can use is here: the turns on one are left out.", flush=True)
    return name


if __name__ == "__main__":
    main()
