"""The velocity net with its forward and backward pass written out.

An autograd step at these sizes spends most of its time on bookkeeping. Here weights and gradient are one flat tensor
each, the product is oneDNN's where there is one (the same float32 precision as the default, faster on many
processors), and rows go through in tiles that stay in the second-level cache. tests/engine/test_net.py holds the
gradient against autograd.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from engine.parts import Problem

if TYPE_CHECKING:
    from engine.velocities.mlp import MLP

TILE = 1024
ZOOM = 3.0  # of the inputs: fine structure is learned sooner; the two-mode scene's fit gap falls by two fifths

_aten = torch.ops.aten
_ACTIVATION = {
    "silu": (torch.nn.functional.silu, lambda g, a, h: _aten.silu_backward(g, a)),
    "tanh": (torch.tanh, lambda g, a, h: _aten.tanh_backward(g, h)),
    "gelu": (torch.nn.functional.gelu, lambda g, a, h: _aten.gelu_backward(g, a)),
    "relu": (torch.relu, lambda g, a, h: _aten.threshold_backward(g, a, 0.0)),
}


def _product() -> object:
    """The fastest ``linear(x, w, b)`` for float32 on this processor."""
    try:
        fast = torch.ops.mkldnn._linear_pointwise
        x, w, b = torch.ones(2, 3), torch.ones(4, 3), torch.ones(4)
        if torch.allclose(fast(x, w, b, "none", [], ""), torch.nn.functional.linear(x, w, b)):
            return lambda x, w, b: fast(x, w, b, "none", [], "")
    except (AttributeError, RuntimeError):
        pass
    return torch.nn.functional.linear


_linear = torch.nn.functional.linear
_linear_cpu = _product()


class Net:
    """v(x, t) for x (n, d) and t a number or (n, 1): centre and scale of the pairs around an MLP.

    ``flat`` holds all weights; ``Net.at(other_flat)`` is the same net with other weights (the averaged ones).
    """

    singular = False
    name = "net"

    def __init__(self, part: MLP, dim: int, flat: torch.Tensor, norm: torch.Tensor) -> None:
        self.part, self.dim, self.flat, self.norm = part, dim, flat, norm
        # norm: mean of x0 (d), mean of x1 (d), input scale, output scale
        self._m0, self._m1 = norm[:dim], norm[dim : 2 * dim]
        self._in, self._out = norm[2 * dim], norm[2 * dim + 1]
        self.layers = _views(flat, shapes(part, dim))
        self._linear = _linear_cpu if flat.device.type == "cpu" and flat.dtype == torch.float32 else _linear
        self._act, self._act_backward = _ACTIVATION[part.activation]
        features = torch.arange(1, part.time_features + 1, device=flat.device, dtype=flat.dtype)
        self._omega = math.pi * features

    def at(self, flat: torch.Tensor) -> Net:
        return Net(self.part, self.dim, flat, self.norm.to(flat.device).to(flat.dtype))

    def double(self) -> Net:
        """A float64 copy, for reference solutions; on the processor where the device knows no float64 (Apple's)."""
        flat = self.flat.cpu() if self.flat.device.type == "mps" else self.flat
        return self.at(flat.double())

    def enter(self, x: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(x), dtype=self.flat.dtype).to(self.flat.device)

    @torch.no_grad()
    def __call__(self, x: torch.Tensor, t: float | torch.Tensor) -> torch.Tensor:
        if not torch.is_tensor(t):
            t = torch.full((len(x), 1), float(t), dtype=x.dtype, device=x.device)
        if len(x) <= TILE or x.device.type != "cpu":
            return self._forward(x, t)
        return torch.cat([self._forward(a, b) for a, b in zip(x.split(TILE), t.split(TILE), strict=True)])

    def inputs(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """What the first layer sees: X_t centred on its mean and scaled, t in [-1, 1], time features."""
        columns = [(x - self._m0 - t * (self._m1 - self._m0)) / self._in, 2 * t - 1]
        if len(self._omega):
            columns += [torch.sin(t * self._omega), torch.cos(t * self._omega)]
        return torch.cat(columns, 1)

    def _forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        h = self.inputs(x, t)
        for w, b in self.layers[:-1]:
            h = self._act(self._linear(h, w, b))
        return self._linear(h, *self.layers[-1]) * self._out + (self._m1 - self._m0)

    @torch.no_grad()
    def gradient(self, xt: torch.Tensor, t: torch.Tensor, dxt: torch.Tensor, into: list) -> torch.Tensor:
        """Adds the gradient of the mean over rows of |dxt - v|^2 / scale^2 to ``into``; returns that mean * scale^2.

        The returned loss is a tensor on the device: reading it is a sync. It sums over coordinates.
        """
        if xt.device.type != "cpu":
            return self._tile(xt, t, dxt, into, len(xt))
        tiles = zip(xt.split(TILE), t.split(TILE), dxt.split(TILE), strict=True)
        return sum(self._tile(*tile, into, len(xt)) for tile in tiles)

    def _tile(self, x: torch.Tensor, t: torch.Tensor, d: torch.Tensor, into: list, rows: int) -> torch.Tensor:
        h, before, after = self.inputs(x, t), [], []
        after.append(h)
        for w, b in self.layers[:-1]:
            a = self._linear(h, w, b)
            h = self._act(a)
            before.append(a)
            after.append(h)
        rest = self._linear(h, *self.layers[-1]).sub_((d - (self._m1 - self._m0)) / self._out)
        g = rest * (2.0 / rows)
        for k in range(len(self.layers) - 1, -1, -1):
            dw, db = into[k]
            dw.add_(self._linear(g.T, after[k].T, None))
            db.add_(g.sum(0))
            if k:
                g = self._act_backward(self._linear(g, self.layers[k][0].T, None), before[k - 1], after[k])
        return rest.square_().sum() * (self._out**2 / rows)


def shapes(part: MLP, dim: int) -> list[tuple[int, int]]:
    """(outputs, inputs) of each layer."""
    sizes = [dim + 1 + 2 * part.time_features, *[part.width] * part.depth, dim]
    return list(zip(sizes[1:], sizes[:-1], strict=True))


def _views(flat: torch.Tensor, layers: list[tuple[int, int]]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    views, at = [], 0
    for out, into in layers:
        w = flat[at : at + out * into].view(out, into)
        at += out * into
        views.append((w, flat[at : at + out]))
        at += out
    return views


def gradient_views(net: Net, flat: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weights and biases of each layer as views into a flat gradient."""
    return _views(flat, shapes(net.part, net.dim))


def build(part: MLP, problem: Problem, seed: int, device: str) -> Net:
    """A fresh net: uniform weights within 1/sqrt(inputs), drawn on the processor so that all devices start alike."""
    generator = torch.Generator().manual_seed(seed)
    layers = shapes(part, problem.dim)
    flat = torch.empty(sum(out * into + out for out, into in layers))
    for w, b in _views(flat, layers):
        bound = 1.0 / math.sqrt(w.shape[1])
        w.uniform_(-bound, bound, generator=generator)
        b.uniform_(-bound, bound, generator=generator)
    m0, m1 = problem.x0.mean(0), problem.x1.mean(0)
    around = np.sqrt((problem.x0.var(0).mean() + problem.x1.var(0).mean()) / 2) or 1.0
    moved = problem.x1 - problem.x0
    out = np.sqrt(moved.var(0).mean()) or 1.0
    norm = torch.as_tensor(np.concatenate([m0, m1, [around / ZOOM, out]]), dtype=torch.float32)
    return Net(part, problem.dim, flat.to(device), norm.to(device))
