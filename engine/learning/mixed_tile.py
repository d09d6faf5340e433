"""A tile in mixed precision: what lies between the hidden layers, and their products, in bfloat16."""

from __future__ import annotations

import torch

from engine.learning.net import Net
from engine.learning.tile import Memory, Tile
from engine.motion.stopping import heed


class MixedTile(Tile):
    """``half`` is the net with its weights in bfloat16. First and last layer are float32, in memory of their own: the
    one sees places and times, the other is compared with what is wanted."""

    def __init__(
        self,
        net: Net,
        half: Net,
        rows: int,
        memory: Memory,
        backwards: list[torch.Tensor],
        scale: float,
    ) -> None:
        super().__init__(half, rows, memory, backwards, scale)
        last, new = self._last, net.flat.new_empty
        first_weights, last_weights = net.matrices[0], net.matrices[-1]
        self._first_weights, self._last_weights = first_weights, last_weights.T
        self._last_back = last_weights[:-1].T
        self._first = new(rows, first_weights.shape[1])  # the first layer, and the gradient by it
        self._seen = new(rows, len(last_weights))  # by the last layer
        self._by_seen = new(rows, len(last_weights) - 1)
        self._g_out = new(net.dim, rows)
        self._products = [memory.a[0].new_empty(m.shape) for m in net.matrices[:last]]  # of the weights' gradient

    def forward(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, heeded: bool = False) -> None:
        torch.mm(inputs.T, self._first_weights, out=self._first)
        a = self._a
        for k in range(self._last):
            if heeded:
                heed()
            if k:
                torch.mm(self._with_ones[k - 1], self._weights[k], out=a[k])
            else:
                a[0].copy_(self._first)
            if self._closes[k]:
                a[k].add_(a[k - 2])
            if self._acts[k]:
                self._act(a[k], self._h[k])
            else:
                self._h[k].copy_(a[k])
        self._seen.copy_(self._with_ones[-1])
        torch.addmm(wanted, self._last_weights, self._seen.T, beta=-self._scale, alpha=self._scale, out=rest)

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
        self._sum(g, self._seen, into[-1], add)
        torch.mm(g.T, self._last_back, out=self._by_seen)
        for k in range(self._last - 1, -1, -1):
            if self._long and not add:  # what is added must not be added again
                heed()
            before, g = g, self._g[k]
            if k == self._last - 1:
                g.copy_(self._by_seen)
            else:
                torch.mm(before, self._backwards[k + 1], out=g)
            if self._acts[k]:
                self._act_backward(g, self._a[k], self._h[k], g)
            if self._closes[k + 2]:
                g.add_(self._g[k + 2])
            if k:
                torch.mm(self._turned[k - 1], g, out=self._products[k])
                into[k].add_(self._products[k]) if add else into[k].copy_(self._products[k])
            else:
                self._first.copy_(g)
                self._sum(inputs, self._first, into[0], add)

    @staticmethod
    def _sum(a: torch.Tensor, b: torch.Tensor, into: torch.Tensor, add: bool) -> None:
        into.addmm_(a, b) if add else torch.mm(a, b, out=into)
