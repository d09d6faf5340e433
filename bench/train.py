"""Training steps per second, and time to a fit gap: our engine in float32 and in mixed precision, a plain PyTorch loop,
the same compiled, and JAX.

One process each, in short turns, so that a busy machine is busy for all of them. Net, batch, data, optimiser, average
and the centring of the inputs are the same. Wall time is what a person waits; processor time is the fairer figure on a
shared machine. Mixed precision is measured whether the program would use it here or not (``engine/learning/mixed.py``).
The fit gap is E|v - v*|^2 of the averaged weights on held-out (X_t, t), with v* in closed form.

    .venv/bin/python bench/train.py                            # everything: about ten minutes
    .venv/bin/python bench/train.py --sizes 3x64/256 --seconds 0.5 --turns 3 --gap 0
    pip install 'rewire[bench]'                                # for the JAX column
"""

from __future__ import annotations

import argparse
import copy
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
WAYS = ("engine", "mixed", "eager", "compiled", "jax")
SIZES = ("3x64/256", "3x128/1024", "3x128/2048", "4x256/4096")
POINTS, HELD_OUT = 20_000, 8_192
RATE, EMA = 1e-3, 0.999


def size(text: str) -> tuple[int, int, int]:
    """depth, width, batch of ``3x64/256``."""
    net, batch = text.split("/")
    depth, width = net.split("x")
    return int(depth), int(width), int(batch)


# --- in the child: one way to train, which takes its turns ---


def scene() -> dict[str, Any]:
    """Eight Gaussians from one, in the plane: pairs, closed form, and how the engine centres its inputs."""
    import numpy as np

    from engine.couplings.independent import Independent
    from engine.distributions.eight_gaussians import EightGaussians
    from engine.distributions.gaussian import Gaussian
    from engine.fields.closed import closed_form
    from engine.learning.net import build
    from engine.parts import Problem
    from engine.paths.straight import Straight
    from engine.velocities.mlp import MLP

    rng = np.random.default_rng(0)
    source, target = Gaussian(), EightGaussians()

    def pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
        return source.sample(n, 2, rng), target.sample(n, 2, rng)

    x0, x1 = pairs(POINTS)
    problem = Problem(2, 1, source, target, Independent(), Straight(), x0, x1)
    a, b = pairs(HELD_OUT)
    t = (np.arange(HELD_OUT) + 0.5)[:, None] / HELD_OUT
    x = a + t * (b - a)
    norm = build(MLP(width=1, depth=1), problem, 0, "cpu").norm.numpy()
    return {"problem": problem, "x": x, "t": t, "truth": closed_form(problem)(x, t), "norm": norm}


class Engine:
    precision = "float32"

    def __init__(self, found: dict[str, Any], depth: int, width: int, batch: int, threads: int) -> None:
        from engine.cores import give
        from engine.learning import mixed
        from engine.learning.trainee import Trainee
        from engine.spec import Training
        from engine.velocities.mlp import MLP

        give(threads)
        mixed.pays = lambda device: True  # it was asked for, and that is what is measured
        problem = found["problem"]
        net = MLP(width=width, depth=depth).build(problem, 0, "cpu")
        training = Training(steps=10_000_000, batch=batch, rate=RATE, ema=EMA, precision=self.precision)
        self._trainee = Trainee(net, problem.x0, problem.x1, problem.path, training, 1, True)

    def steps(self, n: int) -> None:
        for _ in range(n):  # as the Lab does it: it looks at the clock after every step
            self._trainee.advance(1)

    def field(self, x: Any, t: Any) -> Any:
        from engine.fields.field import evaluate

        return evaluate(self._trainee.field(), x, t)


class Mixed(Engine):
    precision = "mixed"


class Eager:
    """The loop of a notebook, with the fused optimiser and the average in one call."""

    compiled = False

    def __init__(self, found: dict[str, Any], depth: int, width: int, batch: int, threads: int) -> None:
        import torch
        from torch import nn

        torch.manual_seed(0)
        sizes = [3, *[width] * depth]
        hidden = [m for i, o in pairwise(sizes) for m in (nn.Linear(i, o), nn.SiLU())]
        self._net = nn.Sequential(*hidden, nn.Linear(width, 2))
        self._mean = copy.deepcopy(self._net)
        self._steps = 0
        self._adam = torch.optim.Adam(self._net.parameters(), lr=RATE, fused=True)
        self._x0, self._x1 = (torch.tensor(x, dtype=torch.float32) for x in (found["problem"].x0, found["problem"].x1))
        norm = torch.tensor(found["norm"])
        self._m0, self._m1, self._in, self._out = norm[:2], norm[2:4], norm[4], norm[5]
        self._batch = batch
        self._loss = torch.compile(self._plain_loss) if self.compiled else self._plain_loss

    def _v(self, net: Any, x: Any, t: Any) -> Any:
        import torch

        shift = self._m1 - self._m0
        columns = torch.cat([(x - self._m0 - t * shift) / self._in, 2 * t - 1], 1)
        return net(columns) * self._out + shift

    def _plain_loss(self, x0: Any, x1: Any, t: Any) -> Any:
        v = self._v(self._net, (1 - t) * x0 + t * x1, t)
        return ((x1 - x0 - v) ** 2).sum(1).mean() / self._out**2

    def steps(self, n: int) -> None:
        import torch

        for _ in range(n):
            i, j = (torch.randint(POINTS, (self._batch,)) for _ in range(2))
            loss = self._loss(self._x0[i], self._x1[j], torch.rand(self._batch, 1))
            self._adam.zero_grad()
            loss.backward()
            self._adam.step()
            with torch.no_grad():
                decay = min(EMA, (1 + self._steps) / (10 + self._steps))
                torch._foreach_lerp_(list(self._mean.parameters()), list(self._net.parameters()), 1 - decay)
            self._steps += 1

    def field(self, x: Any, t: Any) -> Any:
        import torch

        with torch.no_grad():
            x, t = (torch.tensor(a, dtype=torch.float32) for a in (x, t))
            return self._v(self._mean, x, t).double().numpy()


class Compiled(Eager):
    compiled = True


class Jax:
    """25 steps in one jit(lax.scan), with Adam and the average written out."""

    SCAN = 25

    def __init__(self, found: dict[str, Any], depth: int, width: int, batch: int, threads: int) -> None:
        if threads == 1:
            os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        import jax
        import jax.numpy as jnp
        import numpy as np

        rng, sizes = np.random.default_rng(0), [3, *[width] * depth, 2]
        weights = []
        for i, o in pairwise(sizes):
            bound = i**-0.5
            weights.append(tuple(jnp.float32(rng.uniform(-bound, bound, shape)) for shape in ((i, o), (o,))))
        x0, x1 = (jnp.float32(x) for x in (found["problem"].x0, found["problem"].x1))
        norm = jnp.float32(found["norm"])
        m0, m1, scale, out = norm[:2], norm[2:4], norm[4], norm[5]

        def v(weights: Any, x: Any, t: Any) -> Any:
            h = jnp.concatenate([(x - m0 - t * (m1 - m0)) / scale, 2 * t - 1], 1)
            for w, b in weights[:-1]:
                h = jax.nn.silu(h @ w + b)
            return (h @ weights[-1][0] + weights[-1][1]) * out + m1 - m0

        def loss(weights: Any, a: Any, b: Any, t: Any) -> Any:
            return ((b - a - v(weights, (1 - t) * a + t * b, t)) ** 2).sum(1).mean() / out**2

        def step(state: Any, _: None) -> Any:
            weights, m, s, mean, k, key = state
            key, *keys = jax.random.split(key, 4)
            a = x0[jax.random.randint(keys[0], (batch,), 0, POINTS)]
            b = x1[jax.random.randint(keys[1], (batch,), 0, POINTS)]
            gradient = jax.grad(loss)(weights, a, b, jax.random.uniform(keys[2], (batch, 1)))
            k = k + 1
            each = jax.tree.map
            m = each(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
            s = each(lambda s, g: 0.999 * s + 0.001 * g * g, s, gradient)
            c1, c2 = 1 - 0.9**k, 1 - 0.999**k
            weights = each(lambda w, m, s: w - RATE * (m / c1) / (jnp.sqrt(s / c2) + 1e-8), weights, m, s)
            decay = jnp.minimum(EMA, k / (9 + k))
            mean = each(lambda e, w: decay * e + (1 - decay) * w, mean, weights)
            return (weights, m, s, mean, k, key), None

        zero = jax.tree.map(jnp.zeros_like, weights)
        self._state = (weights, zero, zero, weights, jnp.float32(0), jax.random.key(1))
        self._scan = jax.jit(lambda state: jax.lax.scan(step, state, None, length=self.SCAN)[0])
        self._v = jax.jit(v)

    def steps(self, n: int) -> None:
        for _ in range(max(1, round(n / self.SCAN))):
            self._state = self._scan(self._state)
        self._state[4].block_until_ready()

    def field(self, x: Any, t: Any) -> Any:
        import numpy as np

        return np.asarray(self._v(self._state[3], np.float32(x), np.float32(t)), float)


def child(way: str, text: str, threads: int) -> None:
    """Answers each line ``[steps, whether to tell the gap]`` with wall seconds, processor seconds, gap."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import numpy as np
    import torch

    torch.set_num_threads(1 if way in ("engine", "mixed") else threads)  # of one product: the engine has its own
    found = scene()
    ways = {"engine": Engine, "mixed": Mixed, "eager": Eager, "compiled": Compiled, "jax": Jax}
    trained = ways[way](found, *size(text), threads)
    for line in sys.stdin:
        n, tell = json.loads(line)
        wall, processor = time.perf_counter(), time.process_time()
        trained.steps(n)
        took = [time.perf_counter() - wall, time.process_time() - processor]
        gap = None
        if tell:
            gap = float(((trained.field(found["x"], found["t"]) - found["truth"]) ** 2).sum(1).mean())
            gap = gap if np.isfinite(gap) else None
        print(json.dumps([*took, gap]), flush=True)


# --- in the parent: turns, medians, ratios ---


class Child:
    def __init__(self, way: str, text: str, threads: int) -> None:
        self.way = way
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--child", way, text, str(threads)],
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


def begun(ways: list[str], text: str, threads: int) -> list[Child]:
    """Those that work on this machine, warm; says why the others do not."""
    children = []
    for way in ways:
        one = Child(way, text, threads)
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


def race(text: str, threads: int, ways: list[str], gap: float, most: float) -> None:
    """Seconds of training, from fresh weights, until the gap is reached; looks every 250 steps, outside the clock."""
    children = begun([way for way in ways if way != "compiled"], text, threads)  # it fits as eager does
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
    read.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="processor cores")
    read.add_argument("--seconds", type=float, default=1.0, help="of one turn")
    read.add_argument("--turns", type=int, default=7)
    read.add_argument("--gap", type=float, default=0.1, help="fit gap to reach, in length²; 0: no race")
    read.add_argument("--most", type=float, default=120.0, help="seconds of a race, for each")
    asked = read.parse_args()
    print(machine(), flush=True)
    for threads in asked.threads:
        for text in asked.sizes:
            cores = f"{threads} core" + "s" * (threads > 1)
            print(f"{text} on {cores}, steps per second of wall time, least and most (processor):")
            children = begun(asked.ways, text, threads)
            found = speed(children, asked.seconds, asked.turns)
            for one in children:
                one.end()
            ours = found.get("engine")
            for way, (wall, processor, least, most) in found.items():
                ratio = f"   engine is {ours[0] / wall:.2f} ({ours[1] / processor:.2f}) times this" if ours else ""
                ratio = "" if way == "engine" else ratio
                print(f"  {way:9s} {wall:8.0f}, {least:5.0f} to {most:5.0f} ({processor:5.0f}){ratio}", flush=True)
            if asked.gap > 0:
                race(text, threads, asked.ways, asked.gap, asked.most)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
