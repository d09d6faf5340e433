"""The net's forward and backward pass written out, into memory that is allocated once, on as many cores as pay.

An autograd step at these sizes spends most of its time on bookkeeping; here a step is about seven calls per layer.
tests/engine/test_net.py holds the gradient against autograd, docs/performance.md says what was measured.
"""

from __future__ import annotations

from functools import partial

import torch

from engine.cores import given
from engine.learning.crew import together
from engine.learning.net import TILE, Net, matrices
from engine.learning.product import product
from engine.motion.stopping import heed

LONG = 2**29  # weights times rows of a tile that takes a tenth of a second or more: a stop is heeded between its layers
LANE = 2**23  # weights times rows of a lane at least: half a millisecond, beside which waking a thread is little
FEW = 4  # lanes that a batch is cut into where each has enough to do
SHORT, FULL = 128, 1024  # rows of a lane at least: of few lanes, and of more, whose sum takes a larger share
LANES = 16  # at most: their gradients are added up one after the other
SPARE = 2**26  # weights that the gradients of all lanes hold together at most: a quarter of a gigabyte
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


def lanes(weights: int, rows: int) -> list[slice]:
    """How the rows of a batch are shared out, among however many threads: by the net and the batch alone."""
    most = min(LANES, max(rows // FULL, min(FEW, rows // SHORT)), SPARE // weights, weights * rows // LANE)
    each = -(-rows // max(1, most))
    each += -each % 16 if most > 1 else 0
    return [slice(at, min(at + each, rows)) for at in range(0, rows, each)]


class Gradient:
    """The gradient of the mean over ``rows`` rows of w |wanted - net|^2, written to ``flat`` (as long as the weights).

    Shapes, a column for each row: inputs (i + 1, rows) with ones at the end, wanted and rest (d, rows), w (1, rows) or
    None for 1. ``rest`` is what the output's gradient is without w: ``scale`` = 2/rows times (net - wanted).

    Each lane of rows has a gradient of its own; ``threads`` take one lane after the other, and their sum is made in the
    order of lanes: the numbers follow from net and batch alone.

    A batch of many rows takes seconds: ``into`` heeds a stop between two tiles of a lane, and goes on with the next
    ones when it is called again with the same rows.
    """

    def __init__(self, net: Net, rows: int, flat: torch.Tensor, threads: int | None = None) -> None:
        self.scale = 2.0 / rows
        cpu = flat.device.type == "cpu"
        ways = lanes(len(flat), rows) if cpu else [slice(0, rows)]
        tile = min(ways[0].stop, TILE) if cpu else rows
        backwards = [m[:-1].T for m in net.matrices]  # the gradient by the inputs needs no bias
        hidden = len(backwards) - 1
        units = {net.part.units(k) for k in range(hidden)}
        width = max(units)
        self._copy = self._original = None
        if cpu and hidden > 1 and width <= TURNED and len(units) == 1:
            start, size = net.matrices[0].numel(), (hidden - 1) * (width + 1) * width
            weights = net.flat[start : start + size].view(hidden - 1, width + 1, width)
            self._original, self._copy = weights[:, :-1].transpose(1, 2), flat.new_empty(hidden - 1, width, width)
            backwards[1:-1] = self._copy.unbind(0)
        # the first lane writes to its place, the others beside it
        self._flat, self._beside = flat, flat.new_empty(len(ways) - 1, len(flat)).unbind(0)
        parts = zip(ways, (flat, *self._beside), strict=True)
        self._lanes = [_Lane(way, tile if rows > tile else None, net, part) for way, part in parts]
        count = min(len(ways), threads or given()) if cpu else 1
        self._hands = [_Hand(net, tile, flat, backwards, self.scale) for _ in range(count)]

    def into(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None) -> None:
        """Writes the gradient to ``flat``, and ``rest``. Without a sync. Raises Stopped."""
        if self._copy is not None:
            self._copy.copy_(self._original)  # all layers in one call

        def work(hand: _Hand, k: int) -> None:
            lane = self._lanes[k]
            first = lane.at
            for j in range(first, len(lane.cut)):
                if j > first:
                    heed()
                rows = lane.cut[j]
                if rows is None:
                    hand.tile(rest.shape[1]).backward(rest, inputs, wanted, w, lane.into, add=False)
                else:
                    some = (rest[:, rows], inputs[:, rows], wanted[:, rows], None if w is None else w[:, rows])
                    hand.tile(rows.stop - rows.start).backward(*some, lane.into, add=j > 0)
                lane.at = j + 1

        together([partial(work, hand) for hand in self._hands], len(self._lanes))
        for lane in self._lanes:
            lane.at = 0
        for part in self._beside:
            self._flat.add_(part)

    def rests(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor) -> None:
        """Writes ``rest`` (d, n), and no gradient, for the first n rows."""
        hand, n = self._hands[0], rest.shape[1]
        for at in range(0, n, hand.rows):
            rows = slice(at, min(at + hand.rows, n))
            hand.tile(rows.stop - rows.start).forward(rest[:, rows], inputs[:, rows], wanted[:, rows])


class _Lane:
    """Rows that are gone through in one thread: ``cut`` into tiles (None: all rows, which need no slice), of which
    ``at`` comes next, and the gradient of which goes ``into`` these."""

    def __init__(self, rows: slice, tile: int | None, net: Net, flat: torch.Tensor) -> None:
        starts = [] if tile is None else range(rows.start, rows.stop, tile)
        self.cut = [slice(at, min(at + tile, rows.stop)) for at in starts] or [None]
        self.at = 0
        *hidden, last = matrices(flat, net.part, net.dim)
        self.into = [*hidden, last.T]


class _Hand:
    """The memory of one thread, and the tiles that lie in it.

    a: what each hidden layer computes, h: act(a) beside a column of ones, g: gradients by a (in turn, as long as the
    widest layer's; one that enters a block waits while it goes through it) and by the output."""

    def __init__(self, net: Net, rows: int, like: torch.Tensor, backwards: list[torch.Tensor], scale: float) -> None:
        new, self.rows = like.new_empty, rows
        units = [net.part.units(k) for k in range(len(backwards) - 1)]
        self.a = [new(rows, n) for n in units]
        self.h = [new(rows, n + 1).fill_(1.0) for n in units]
        self.g = [*(new(rows * max(units)) for _ in range(3 if net.part.closes(2) else 2)), new(net.dim, rows)]
        self._make = lambda n: _Tile(net, n, self, backwards, scale)
        self._made: dict[int, _Tile] = {}

    def tile(self, rows: int) -> _Tile:
        """So many rows."""
        if rows not in self._made:
            self._made[rows] = self._make(rows)
        return self._made[rows]


class _Tile:
    """Some rows of a batch; every view into the memory is made beforehand, since each costs as much as a small sum."""

    def __init__(
        self,
        net: Net,
        rows: int,
        memory: _Hand,
        backwards: list[torch.Tensor],
        scale: float,
    ) -> None:
        self._scale, self._last, self._backwards = scale, len(net.matrices) - 1, backwards
        self._long = net.flat.device.type == "cpu" and net.flat.numel() * rows > LONG
        self._put = product(net.flat).put
        self._weights = [*net.matrices[:-1], net.matrices[-1].T]
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
