"""Would nets of one shape train faster stacked, by batched products, than one after the other?

Several nets of 3 x 64 with batches of 256 on one core: the engine's own steps, net by net, take turns with steps of all
nets at once, in which every product, activation and update is one call for all of them, and nothing is drawn. That is
less than any stacked training could do, so the ratio bounds what stacking may gain. Seconds are the processor's.

    python bench/stacked.py [--nets 8 --width 64 --batch 256 --turns 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


class Stacked:
    """Layers (k, i + 1, o) of k nets; SiLU, Adam and the average of the weights."""

    def __init__(self, nets: list, batch: int) -> None:
        import torch

        from engine.learning.adam import Adam
        from engine.learning.net import matrices

        k, part, dim = len(nets), nets[0].part, nets[0].dim
        flats = torch.stack([net.flat for net in nets])
        views = [matrices(flat, part, dim) for flat in flats]
        shapes = [tuple(m.shape) for m in views[0]]
        self._flat = torch.cat([torch.stack([v[j] for v in views]).reshape(-1) for j in range(len(shapes))])
        self.gradient = torch.zeros_like(self._flat)
        sizes = [k * i * o for i, o in shapes]
        cut = lambda x: [p.view(k, *s) for p, s in zip(x.split(sizes), shapes, strict=True)]  # noqa: E731
        self._w, self.into = cut(self._flat), cut(self.gradient)
        self._back = [w[:, :-1].transpose(1, 2) for w in self._w]
        new, hidden = self._flat.new_empty, shapes[:-1]
        self._a = [new(k, batch, o) for _, o in hidden]
        self._h = [new(k, batch, o + 1).fill_(1.0) for _, o in hidden]
        self._g = [new(k, batch, o) for _, o in hidden]
        self._out = new(k, batch, dim)
        self._adam, self._average, self._scale = Adam(self._flat, self.gradient), self._flat.clone(), 2.0 / batch

    def gradients(self, x, wanted) -> None:
        """x (k, batch, i + 1) with a column of ones, wanted (k, batch, d)."""
        import torch

        h = x
        for w, a, after in zip(self._w, self._a, self._h, strict=False):
            torch.bmm(h, w, out=a)
            torch._C._nn.silu(a, out=after[:, :, :-1])
            h = after
        g = torch.baddbmm(wanted, h, self._w[-1], beta=-self._scale, alpha=self._scale, out=self._out)
        for j in range(len(self._w) - 1, -1, -1):
            torch.bmm((self._h[j - 1] if j else x).transpose(1, 2), g, out=self.into[j])
            if j:
                g = torch.bmm(g, self._back[j], out=self._g[j - 1])
                torch.ops.aten.silu_backward.grad_input(g, self._a[j - 1], grad_input=g)

    def step(self, x, wanted) -> None:
        self.gradients(x, wanted)
        self._adam.step(1e-3, 0.0)
        self._average.lerp_(self._flat, 0.001)


def main() -> None:
    import numpy as np
    import torch

    from engine import cores
    from engine.couplings.independent import Independent
    from engine.distributions.gaussian import Gaussian
    from engine.learning.gradient import Gradient
    from engine.learning.net import build
    from engine.learning.trainee import Trainee
    from engine.parts import Problem
    from engine.paths.straight import Straight
    from engine.spec import Training
    from engine.velocities.mlp import MLP

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", type=int, default=8)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=400)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cores.give(1)
    rng = np.random.default_rng(0)
    x0, x1 = rng.standard_normal((2, 20_000, 2))
    problem = Problem(2, 1, Gaussian(), Gaussian(), Independent(), Straight(), x0, x1)
    training = Training(batch=asked.batch, steps=10**6)
    nets = [build(MLP(depth=3, width=asked.width), problem, seed, "cpu") for seed in range(asked.nets)]
    trainees = [Trainee(net, x0, x1, Straight(), training, k, apart=True) for k, net in enumerate(nets)]
    with torch.no_grad():
        xt, dxt = nets[0].enter(x0[: asked.batch]), nets[0].enter(x1[: asked.batch])
        inputs, wanted = nets[0].inputs(xt, torch.rand(asked.batch, 1)), nets[0].wanted(dxt).T.contiguous()
        stacked = Stacked(nets, asked.batch)
        x = inputs.T.expand(asked.nets, -1, -1).contiguous()
        y = wanted.T.expand(asked.nets, -1, -1).contiguous()
        stacked.gradients(x, y)
        alone = torch.zeros_like(nets[-1].flat)
        one = Gradient(nets[-1], asked.batch, alone)
        one.into(torch.empty_like(wanted), inputs, wanted, None)
        torch.testing.assert_close(stacked.into[1][-1], one._lanes[0].into[1], rtol=1e-3, atol=1e-6)

        def by_net() -> None:
            for trainee in trainees:
                trainee.advance(asked.steps)

        def at_once() -> None:
            for _ in range(asked.steps):
                stacked.step(x, y)

        found: dict[str, list[float]] = {"net by net": [], "stacked": []}
        for turn in range(asked.turns + 1):
            for name, work in (("net by net", by_net), ("stacked", at_once)):
                begun = time.process_time()
                work()
                if turn:
                    found[name].append((time.process_time() - begun) / asked.steps / asked.nets * 1e6)
    for name, of in found.items():
        print(f"{name:12s} {statistics.median(of):7.1f} us a step and net ({min(of):.1f} to {max(of):.1f})")
    ratio = statistics.median(a / b for a, b in zip(*found.values(), strict=True))
    print(f"stacking {asked.nets} nets may gain {ratio:.2f} times at most; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
