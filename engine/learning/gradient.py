"""The net's forward and backward pass written out, into memory that is allocated once.

An autograd step at these sizes spends most of its time on bookkeeping; here a step is about seven calls per layer.
tests/engine/test_net.py holds the gradient against autograd, docs/performance.md says what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.learning.net import TILE, Net, matrices
from engine.learning.product import product
from engine.motion.stopping import heed

LONG = 2**29  # weights times rows of a tile that takes a tenth of a second or more: a stop is heeded between its layers
TURNED = 128  # up to this width a transposed copy of the weights pays: products of rows by columns are slower

SELU = 1.6732632423543772, 1.0507009873554805, 1.0  # alpha, scale: a above 0, alpha (exp(a) - 1) below, times scale

_aten = torch.ops.aten
_nn = torch._C._nn
# (a, out) -> act(a); (g, a, h, out) -> g act'(a), where h = act(a)
_ACTIVATION = {
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


class Gradient:
    """The gradient of the mean over ``rows`` rows of w |wanted - net|^2, written to ``flat`` (as long as the weights).

    Shapes, a column for each row: inputs (i + 1, rows) with ones at the end, wanted and rest (d, rows), w (1, rows) or
    None for 1. ``rest`` is what the output's gradient is without w: ``scale`` = 2/rows times (net - wanted).

    A batch of many rows takes seconds: ``into`` heeds a stop between two tiles, and goes on with the next tile when it
    is called again with the same rows.
    """

    def __init__(self, net: Net, rows: int, flat: torch.Tensor) -> None:
        self.scale = 2.0 / rows
        tile = min(rows, TILE) if flat.device.type == "cpu" else rows
        new, hidden = flat.new_empty, len(net.matrices) - 1
        units = [net.part.units(k) for k in range(hidden)]
        width = max(units)
        memory = _Memory(
            a=[new(tile, n) for n in units],
            h=[new(tile, n + 1).fill_(1.0) for n in units],
            g=[*(new(tile * width) for _ in range(3 if net.part.closes(2) else 2)), new(net.dim, tile)],
        )
        into = matrices(flat, net.part, net.dim)
        backwards = [m[:-1].T for m in net.matrices]  # the gradient by the inputs needs no bias
        self._copy = self._original = None
        if flat.device.type == "cpu" and hidden > 1 and width <= TURNED and width == min(units):
            start, size = net.matrices[0].numel(), (hidden - 1) * (width + 1) * width
            weights = net.flat[start : start + size].view(hidden - 1, width + 1, width)
            self._original, self._copy = weights[:, :-1].transpose(1, 2), new(hidden - 1, width, width)
            backwards[1:-1] = self._copy.unbind(0)
        # None: all rows, which need no slice
        tiles = {n: _Tile(net, n, memory, into, backwards, self.scale) for n in {tile, rows % tile} - {0}}
        self._at = 0  # the tile that comes next
        starts = range(0, rows, tile)
        self._tiles = [
            (slice(at, at + tile) if len(starts) > 1 else None, tiles[min(tile, rows - at)]) for at in starts
        ]

    def into(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None) -> None:
        """Writes the gradient to ``flat``, and ``rest``. Without a sync. Raises Stopped."""
        if self._copy is not None:
            self._copy.copy_(self._original)  # all layers in one call
        first = self._at
        for k in range(first, len(self._tiles)):
            if k > first:
                heed()
            rows, tile = self._tiles[k]
            if rows is None:
                tile.backward(rest, inputs, wanted, w, add=False)
            else:
                weights = None if w is None else w[:, rows]
                tile.backward(rest[:, rows], inputs[:, rows], wanted[:, rows], weights, add=rows.start > 0)
            self._at = k + 1
        self._at = 0

    def rests(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor) -> None:
        """Writes ``rest`` (d, n), and no gradient, for the first n rows: all of them, or some whole tiles."""
        for rows, tile in self._tiles:
            if rows is None:
                tile.forward(rest, inputs, wanted)
            elif rows.start < rest.shape[1]:
                tile.forward(rest[:, rows], inputs[:, rows], wanted[:, rows])


@dataclass(frozen=True)
class _Memory:
    """a: what each hidden layer computes, h: act(a) beside a column of ones, g: gradients by a (in turn, as long as
    the widest layer's; one that enters a block waits while it goes through it) and by the output."""

    a: list[torch.Tensor]
    h: list[torch.Tensor]
    g: list[torch.Tensor]


class _Tile:
    """Some rows of a batch; every view into the memory is made beforehand, since each costs as much as a small sum."""

    def __init__(
        self,
        net: Net,
        rows: int,
        memory: _Memory,
        into: list[torch.Tensor],
        backwards: list[torch.Tensor],
        scale: float,
    ) -> None:
        self._scale, self._last, self._backwards = scale, len(net.matrices) - 1, backwards
        self._long = net.flat.device.type == "cpu" and net.flat.numel() * rows > LONG
        self._put = product(net.flat).put
        self._weights, self._into = ([*m[:-1], m[-1].T] for m in (net.matrices, into))
        self._closes = [net.part.closes(k) for k in range(len(net.matrices) + 1)]
        self._acts = [net.part.acts(k) for k in range(self._last)]
        self._act, self._act_backward = _ACTIVATION[net.part.activation]
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
        self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None, add: bool
    ) -> None:
        self.forward(rest, inputs, wanted, self._long)
        g = rest if w is None else torch.mul(rest, w, out=self._g_out)
        self._put(g, self._with_ones[-1], self._into[-1], add)
        g = g.T
        for k in range(self._last - 1, -1, -1):
            if self._long:
                heed()
            self._put(g, self._backwards[k + 1], self._g[k])
            g = self._g[k]
            if self._acts[k]:
                self._act_backward(g, self._a[k], self._h[k], g)
            if self._closes[k + 2]:
                g.add_(self._g[k + 2])
            self._put(self._turned[k - 1] if k else inputs, g, self._into[k], add)
