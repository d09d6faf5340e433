"""A tile: rows of a batch that go through the net at once, forward and backward, in memory that stays.

Every view into the memory is made beforehand, since each costs as much as a small sum.
"""

from __future__ import annotations

import torch

from engine.learning.net import Net
from engine.learning.product import product
from engine.motion.stopping import heed

LONG = 2**29  # weights times rows of a tile that takes a tenth of a second or more: a stop is heeded between its layers

SELU = 1.6732632423543772, 1.0507009873554805, 1.0  # alpha, scale: a above 0, alpha (exp(a) - 1) below, times scale

_aten = torch.ops.aten
_nn = torch._C._nn
# (a, out) -> act(a); (g, a, h, out) -> g act'(a), where h = act(a)
ACTIVATION = {
    "silu": (
        lambda a, out: _nn.silu(a, out=out),
        lambda g, a, h, out, op=_aten.silu_backward.grad_input: op(g, a, grad_input=out),
    ),
    "tanh": (
        lambda a, out: torch.tanh(a, out=out),
        lambda g, a, h, out, op=_aten.tanh_backward.grad_input: op(g, h, grad_input=out),
    ),
    "gelu": (
        lambda a, out: out.copy_(_nn.gelu(a)),  # with out=, torch 2.13 writes to the wrong places unless contiguous
        lambda g, a, h, out, op=_aten.gelu_backward.grad_input: op(g, a, grad_input=out),
    ),
    "relu": (
        lambda a, out: torch.clamp_min(a, 0, out=out),
        lambda g, a, h, out, op=_aten.threshold_backward.grad_input: op(g, a, 0, grad_input=out),
    ),
    "selu": (
        lambda a, out: out.copy_(torch.selu(a)),
        lambda g, a, h, out, op=_aten.elu_backward.grad_input: op(g, *SELU, False, a, grad_input=out),
    ),
}


class Memory:
    """Of one thread, for as many rows as ``rows``.

    a: what each hidden layer computes, h: act(a) beside a column of ones, g: gradients by a (in turn, as long as the
    widest layer's; one that enters a block waits while it goes through it) and by the output."""

    def __init__(self, net: Net, rows: int, like: torch.Tensor) -> None:
        new, self.rows = like.new_empty, rows
        units = [net.part.units(k) for k in range(len(net.matrices) - 1)]
        self.a = [new(rows, n) for n in units]
        self.h = [new(rows, n + 1).fill_(1.0) for n in units]
        self.g = [*(new(rows * max(units)) for _ in range(3 if net.part.closes(2) else 2)), new(net.dim, rows)]


class Tile:
    """Some rows of a batch."""

    def __init__(
        self,
        net: Net,
        rows: int,
        memory: Memory,
        backwards: list[torch.Tensor],
        scale: float,
    ) -> None:
        self._scale, self._last, self._backwards = scale, len(net.matrices) - 1, backwards
        self._long = net.flat.device.type == "cpu" and net.flat.numel() * rows > LONG
        self._put = product(net.flat).put
        self._weights = [*net.matrices[:-1], net.matrices[-1].T]
        self._closes = [net.part.closes(k) for k in range(len(net.matrices) + 1)]
        self._acts = [net.part.acts(k) for k in range(self._last)]
        self._act, self._act_backward = ACTIVATION[net.part.activation]
        self._a = [a[:rows] for a in memory.a]
        self._with_ones = [h[:rows] for h in memory.h]
        self._turned = [h[:rows].T for h in memory.h]
        self._h = [h[:rows, :-1] for h in memory.h]
        flats = memory.g[:-1]
        self._g = [flats[k % len(flats)][: a.numel()].view(a.shape) for k, a in enumerate(self._a)]
        self._g_out = memory.g[-1][:, :rows]

    def forward(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, heeded: bool = False) -> None:
        h, a = inputs.T, self._a
        for k in range(self._last):
            if heeded:
                heed()
            self._put(h, self._weights[k], a[k])
            if self._closes[k]:
                a[k].add_(a[k - 2])
            if self._acts[k]:
                self._act(a[k], self._h[k])
            else:
                self._h[k].copy_(a[k])
            h = self._with_ones[k]
        torch.addmm(wanted, self._weights[-1], self._turned[-1], beta=-self._scale, alpha=self._scale, out=rest)

    def backward(
        self,
        rest: torch.Tensor,
        inputs: torch.Tensor,
        wanted: torch.Tensor,
        w: torch.Tensor | None,
        into: list[torch.Tensor],
        add: bool,
    ) -> None:
        self.forward(rest, inputs, wanted, self._long)
        g = rest if w is None else torch.mul(rest, w, out=self._g_out)
        self._put(g, self._with_ones[-1], into[-1], add)
        g = g.T
        for k in range(self._last - 1, -1, -1):
            if self._long and not add:  # what is added must not be added again
                heed()
            self._put(g, self._backwards[k + 1], self._g[k])
            g = self._g[k]
            if self._acts[k]:
                self._act_backward(g, self._a[k], self._h[k], g)
            if self._closes[k + 2]:
                g.add_(self._g[k + 2])
            self._put(self._turned[k - 1] if k else inputs, g, into[k], add)
