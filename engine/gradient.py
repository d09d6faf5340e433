"""The net's forward and backward pass written out, into memory that is allocated once.

An autograd step at these sizes spends most of its time on bookkeeping; here a step is about seven calls per layer.
tests/engine/test_net.py holds the gradient against autograd, docs/performance.md says what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.net import TILE, Net, matrices

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
}


class Gradient:
    """The gradient of the mean over ``rows`` rows of w |wanted - net|^2, written to ``flat`` (as long as the weights).

    Shapes, a column for each row: inputs (i + 1, rows) with ones at the end, wanted and rest (d, rows), w (1, rows) or
    None for 1.
    """

    def __init__(self, net: Net, rows: int, flat: torch.Tensor) -> None:
        tile = min(rows, TILE) if flat.device.type == "cpu" else rows
        new, width, hidden = flat.new_empty, net.part.width, len(net.matrices) - 1
        memory = _Memory(
            a=[new(tile, width) for _ in range(hidden)],
            h=[new(tile, width + 1).fill_(1.0) for _ in range(hidden)],
            g=[*(new(tile, width) for _ in range(3)), new(net.dim, tile)],
        )
        into = matrices(flat, net.part, net.dim)
        # None: all rows, which need no slice
        tiles = {n: _Tile(net, n, memory, into, 2.0 / rows) for n in {tile, rows % tile} - {0}}
        starts = range(0, rows, tile)
        self._tiles = [
            (slice(at, at + tile) if len(starts) > 1 else None, tiles[min(tile, rows - at)]) for at in starts
        ]

    def into(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None) -> None:
        """Writes the gradient to ``flat``, and net - wanted to ``rest``. Without a sync."""
        for rows, tile in self._tiles:
            if rows is None:
                tile.backward(rest, inputs, wanted, w, first=True)
            else:
                weights = None if w is None else w[:, rows]
                tile.backward(rest[:, rows], inputs[:, rows], wanted[:, rows], weights, first=rows.start == 0)

    def rests(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor) -> None:
        """Writes net - wanted to ``rest``, and no gradient."""
        for rows, tile in self._tiles:
            if rows is None:
                tile.forward(rest, inputs, wanted)
            else:
                tile.forward(rest[:, rows], inputs[:, rows], wanted[:, rows])


@dataclass(frozen=True)
class _Memory:
    """a: what each hidden layer computes, h: act(a) beside a column of ones, g: gradients by a (three in turn: one that
    enters a block waits while it goes through it) and by the output."""

    a: list[torch.Tensor]
    h: list[torch.Tensor]
    g: list[torch.Tensor]


class _Tile:
    """Some rows of a batch; every view into the memory is made beforehand, since each costs as much as a small sum."""

    def __init__(self, net: Net, rows: int, memory: _Memory, into: list[torch.Tensor], scale: float) -> None:
        self._scale, self._last = scale, len(net.matrices) - 1
        self._weights, self._into = ([*m[:-1], m[-1].T] for m in (net.matrices, into))
        self._backwards = [m[:-1].T for m in net.matrices]  # the gradient by the inputs needs no bias
        self._closes = [net.part.closes(k) for k in range(len(net.matrices) + 1)]
        self._act, self._act_backward = _ACTIVATION[net.part.activation]
        self._a = [a[:rows] for a in memory.a]
        self._with_ones = [h[:rows] for h in memory.h]
        self._turned = [h[:rows].T for h in memory.h]
        self._h = [h[:rows, :-1] for h in memory.h]
        self._g = [memory.g[k % 3][:rows] for k in range(self._last)]
        self._g_out = memory.g[3][:, :rows]

    def forward(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor) -> None:
        h, a = inputs.T, self._a
        for k in range(self._last):
            if self._closes[k]:
                torch.addmm(a[k - 2], h, self._weights[k], out=a[k])
            else:
                torch.mm(h, self._weights[k], out=a[k])
            self._act(a[k], self._h[k])
            h = self._with_ones[k]
        torch.addmm(wanted, self._weights[-1], self._turned[-1], beta=-1, out=rest)

    def backward(
        self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None, first: bool
    ) -> None:
        self.forward(rest, inputs, wanted)
        g = torch.mul(rest, self._scale, out=self._g_out)
        if w is not None:
            g.mul_(w)
        self._put(self._last, g, self._with_ones[-1], first)
        g = g.T
        for k in range(self._last - 1, -1, -1):
            g = torch.mm(g, self._backwards[k + 1], out=self._g[k])
            self._act_backward(g, self._a[k], self._h[k], g)
            if self._closes[k + 2]:
                g.add_(self._g[k + 2])
            self._put(k, self._turned[k - 1] if k else inputs, g, first)

    def _put(self, k: int, left: torch.Tensor, right: torch.Tensor, first: bool) -> None:
        """left right is the gradient by the weights of layer k, of these rows."""
        if first:
            torch.mm(left, right, out=self._into[k])
        else:
            self._into[k].addmm_(left, right)
