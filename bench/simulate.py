"""How fast are particles moved along a net, against torchdiffeq and a plain loop?

Moves the same particles along the same untrained net (3 x 128 unless said otherwise) with Euler's method and with
dopri5: through the engine, by a plain eager PyTorch loop, and by torchdiffeq called directly on the same module. Each
runs in a process of its own, in turns; medians of wall and processor seconds are printed with their ratios to ours,
and the end points must agree.  python bench/simulate.py [--particles 100000 --steps 100 --repeats 3 --threads 1]
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CONTENDERS = {
    "euler": ("engine", "plain loop", "torchdiffeq"),
    "dopri5": ("engine", "torchdiffeq", "torchdiffeq in float32"),
}
AGREE = {"euler": 1e-4, "dopri5": 1e-3}  # most that end points may differ, of a length scale of about 4
TOLERANCE = 1e-6


def scene(particles: int, width: int, depth: int):
    """The net and its particles (n, 2), the same in every process."""
    import torch

    from engine.couplings.independent import Independent
    from engine.distributions.gaussian import Gaussian
    from engine.learning.net import build
    from engine.parts import Problem
    from engine.paths.straight import Straight
    from engine.velocities.mlp import MLP

    rng = np.random.default_rng(0)
    x0, x1 = rng.standard_normal((particles, 2)), rng.standard_normal((particles, 2)) + np.array([4.0, 0.0])
    law = Gaussian()
    problem = Problem(2, 1, law, law, Independent(), Straight(), x0, x1)
    net = build(MLP(width=width, depth=depth), problem, 0, "cpu")
    net.flat.mul_(1.5)  # a field that turns, so that dopri5 has something to do
    return net, x0, torch


def module(net, torch):
    """The same function as people write it."""

    class Velocity(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = []
            for w, b in net.layers:
                linear = torch.nn.Linear(w.shape[1], w.shape[0])
                linear.weight.data, linear.bias.data = w.clone(), b.clone()
                layers += [linear, torch.nn.SiLU()]
            self.body = torch.nn.Sequential(*layers[:-1])
            dim = net.dim
            for name, value in (
                ("m0", net.norm[:dim]),
                ("m1", net.norm[dim : 2 * dim]),
                ("scale", net.norm[2 * dim :]),
            ):
                self.register_buffer(name, value.clone())

        def forward(self, t, x):
            t = torch.ones_like(x[:, :1]) * t
            shift = self.m1 - self.m0
            inside = torch.cat([(x - self.m0 - t * shift) / self.scale[0], 2 * t - 1], 1)
            return self.body(inside) * self.scale[1] + shift

    return Velocity()


def run(contender: str, method: str, asked: argparse.Namespace) -> np.ndarray:
    """Moves the particles twice and prints the seconds of the second time; returns their end points."""
    net, x0, torch = scene(asked.particles, asked.width, asked.depth)
    torch.set_num_threads(asked.threads)
    from torchdiffeq import odeint

    from engine.motion.flow import end_points
    from engine.solvers.dopri5 import Dopri5
    from engine.solvers.euler import Euler

    velocity = module(net, torch)
    x = torch.as_tensor(x0, dtype=torch.float32)
    if method == "dopri5" and contender == "torchdiffeq":
        velocity, x = velocity.double(), x.double()

    def ours(x0: np.ndarray) -> np.ndarray:
        solver = Euler(steps=asked.steps) if method == "euler" else Dopri5(steps=1, tolerance=TOLERANCE)
        return end_points(net, x0, solver)

    @torch.no_grad()
    def plain(x):
        for k in range(asked.steps):
            x = x + velocity(torch.tensor(k / asked.steps), x) / asked.steps
        return x

    @torch.no_grad()
    def direct(x):
        span = torch.tensor([0.0, 1.0], dtype=x.dtype)
        if method == "euler":
            return odeint(velocity, x, span, method="euler", options={"step_size": 1 / asked.steps})[-1]
        return odeint(velocity, x, span, rtol=TOLERANCE, atol=TOLERANCE, method="dopri5")[-1]

    work, start = (ours, x0) if contender == "engine" else (plain if contender == "plain loop" else direct, x)
    work(start[:2000])
    wall, cpu = time.perf_counter(), time.process_time()
    ends = work(start)
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))
    return np.asarray(ends, dtype=np.float64)


def compare(method: str, asked: argparse.Namespace) -> None:
    found: dict[str, list[dict]] = {name: [] for name in CONTENDERS[method]}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(asked.repeats):
            for name, seen in found.items():
                command = [sys.executable, __file__, *sys.argv[1:], "--worker", name, method]
                command += ["--ends", str(Path(folder, f"{name}.npy"))]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                seen.append(json.loads(done.stdout.splitlines()[-1]))
        ends = {name: np.load(Path(folder, f"{name}.npy")) for name in found}
    base = {kind: statistics.median(one[kind] for one in found["engine"]) for kind in ("wall", "cpu")}
    print(f"\n{method}" + (f", {asked.steps} steps" if method == "euler" else f", rtol = atol = {TOLERANCE:g}"))
    for name, seen in found.items():
        wall, cpu = (statistics.median(one[kind] for one in seen) for kind in ("wall", "cpu"))
        gap = np.abs(ends[name] - ends["engine"]).max()
        assert gap < AGREE[method], f"{name} ends {gap:.2g} away from the engine"
        ratios = f"{wall / base['wall']:5.2f} {cpu / base['cpu']:5.2f}"
        print(f"  {name:24s} {wall:7.2f} s wall {cpu:7.2f} s cpu   x {ratios}   ends within {gap:.1g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("particles", 100_000), ("steps", 100), ("width", 128), ("depth", 3), ("repeats", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--methods", nargs="+", default=list(CONTENDERS), choices=list(CONTENDERS))
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--ends", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        np.save(asked.ends, run(*asked.worker, asked))
        return
    import torch

    print(f"{processor()}, {asked.threads} thread(s), torch {torch.__version__}")
    print(f"{asked.particles:,} particles, net {asked.depth} x {asked.width}, median of {asked.repeats}, in turns")
    for method in asked.methods:
        compare(method, asked)


def processor() -> str:
    """Its name as Linux tells it, else what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
