"""The ways to train that bench/train.py lets take turns: each in a process of its own, which makes the steps it is
asked for, on the processor or a GPU.

Net, batch, data, optimiser, average and the centring of the inputs are the same.
"""

from __future__ import annotations

import copy
import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
POINTS, HELD_OUT = 20_000, 8_192
RATE, EMA = 1e-3, 0.999


def size(text: str) -> tuple[int, int, int]:
    """depth, width, batch of ``3x64/256``."""
    net, batch = text.split("/")
    depth, width = net.split("x")
    return int(depth), int(width), int(batch)


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

    def __init__(self, found: dict[str, Any], depth: int, width: int, batch: int, threads: int, device: str) -> None:
        from engine.cores import give
        from engine.learning import mixed
        from engine.learning.trainee import Trainee
        from engine.spec import Training
        from engine.velocities.mlp import MLP

        give(threads)
        mixed.pays = lambda device: True  # it was asked for, and that is what is measured
        problem = found["problem"]
        net = MLP(width=width, depth=depth).build(problem, 0, device)
        training = Training(steps=10_000_000, batch=batch, rate=RATE, ema=EMA, precision=self.precision)
        self._trainee = Trainee(net, problem.x0, problem.x1, problem.path, training, 1, True)

    def steps(self, n: int) -> None:
        until = self._trainee.step + n
        while (left := until - self._trainee.step) > 0:  # as the Lab does it: it looks at the clock after every stride
            self._trainee.advance(min(left, self._trainee.stride))

    def field(self, x: Any, t: Any) -> Any:
        from engine.fields.field import evaluate

        return evaluate(self._trainee.field(), x, t)


class Mixed(Engine):
    precision = "mixed"


class Eager:
    """The loop of a notebook, with the fused optimiser and the average in one call."""

    compiled = False

    def __init__(self, found: dict[str, Any], depth: int, width: int, batch: int, threads: int, device: str) -> None:
        import torch
        from torch import nn

        torch.manual_seed(0)
        self._device = device
        sizes = [3, *[width] * depth]
        hidden = [m for i, o in pairwise(sizes) for m in (nn.Linear(i, o), nn.SiLU())]
        self._net = nn.Sequential(*hidden, nn.Linear(width, 2)).to(device)
        self._mean = copy.deepcopy(self._net)
        self._steps = 0
        self._adam = torch.optim.Adam(self._net.parameters(), lr=RATE, fused=True)
        ends = found["problem"].x0, found["problem"].x1
        self._x0, self._x1 = (torch.tensor(x, dtype=torch.float32, device=device) for x in ends)
        norm = torch.tensor(found["norm"], device=device)
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
            i, j = (torch.randint(POINTS, (self._batch,), device=self._device) for _ in range(2))
            loss = self._loss(self._x0[i], self._x1[j], torch.rand(self._batch, 1, device=self._device))
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
            x, t = (torch.tensor(a, dtype=torch.float32, device=self._device) for a in (x, t))
            return self._v(self._mean, x, t).double().cpu().numpy()


class Compiled(Eager):
    compiled = True


class Jax:
    """25 steps in one jit(lax.scan), with Adam and the average written out."""

    SCAN = 25

    def __init__(self, found: dict[str, Any], depth: int, width: int, batch: int, threads: int, device: str) -> None:
        os.environ["JAX_PLATFORMS"] = device
        os.environ["JAX_DEFAULT_MATMUL_PRECISION"] = "highest"  # float32, on a GPU too, as the others
        os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # the GPU is shared by those that take turns
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


def child(way: str, text: str, threads: int, device: str) -> None:
    """Answers each line ``[steps, whether to tell the gap]`` with wall seconds, processor seconds, gap."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import numpy as np
    import torch

    torch.set_num_threads(1 if way in ("engine", "mixed") else threads)  # of one product: the engine has its own
    found = scene()
    ways = {"engine": Engine, "mixed": Mixed, "eager": Eager, "compiled": Compiled, "jax": Jax}
    trained = ways[way](found, *size(text), threads, device)
    for line in sys.stdin:
        n, tell = json.loads(line)
        wall, processor = time.perf_counter(), time.process_time()
        trained.steps(n)
        if device == "cuda":
            torch.cuda.synchronize()
        took = [time.perf_counter() - wall, time.process_time() - processor]
        gap = None
        if tell:
            gap = float(((trained.field(found["x"], found["t"]) - found["truth"]) ** 2).sum(1).mean())
            gap = gap if np.isfinite(gap) else None
        print(json.dumps([*took, gap]), flush=True)


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
