"""The net's forward and backward pass written out, into memory that is allocated once, on as many cores as pay.

An autograd step at these sizes spends most of its time on bookkeeping; here a step is about seven calls per layer.
tests/engine/test_net.py holds the gradient against autograd, docs/performance.md says what was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from engine.cores import given
from engine.learning.crew import together
from engine.learning.kernels import switch
from engine.learning.mixed import HALF
from engine.learning.mixed_tile import MixedTile
from engine.learning.net import TILE, Net, matrices
from engine.learning.tile import Memory, Tile
from engine.motion.stopping import heed

LANE = 2**24  # weights times rows of a lane at least: a millisecond, beside which calls and waking a thread are little
FEW = 4  # lanes that a batch is cut into where each has enough to do
SHORT, FULL = 128, 1024  # rows of a lane at least: of few lanes, and of more, whose sum takes a larger share
LANES = 16  # at most: their gradients are added up one after the other
SPARE = 2**26  # weights that the gradients of all lanes hold together at most: a quarter of a gigabyte
TURNED = 128  # up to this width a transposed copy of the weights pays: products of rows by columns are slower


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
    order of lanes: the numbers follow from net and batch alone. ``mixed``: in mixed precision (``mixed.py``).

    On a GPU a launch for all of it may leave ``parts`` (k, p) instead, the sum of which is the gradient.

    A batch of many rows takes seconds: ``into`` heeds a stop between two tiles of a lane, and goes on with the next
    ones when it is called again with the same rows.
    """

    def __init__(
        self, net: Net, rows: int, flat: torch.Tensor, threads: int | None = None, mixed: bool = False
    ) -> None:
        self.scale = 2.0 / rows
        cpu = flat.device.type == "cpu"
        ways = lanes(len(flat), rows) if cpu else [slice(0, rows)]
        tile = min(ways[0].stop, TILE) if cpu else rows
        backwards = [m[:-1].T for m in net.matrices]  # the gradient by the inputs needs no bias
        hidden = len(backwards) - 1
        units = {net.part.units(k) for k in range(hidden)}
        width = max(units)
        self._copy = self._original = None
        if cpu and not mixed and hidden > 1 and width <= TURNED and len(units) == 1:
            start, size = net.matrices[0].numel(), (hidden - 1) * (width + 1) * width
            weights = net.flat[start : start + size].view(hidden - 1, width + 1, width)
            self._original, self._copy = weights[:, :-1].transpose(1, 2), flat.new_empty(hidden - 1, width, width)
            backwards[1:-1] = self._copy.unbind(0)
        # the first lane writes to its place, the others beside it
        self._flat, self._beside = flat, flat.new_empty(len(ways) - 1, len(flat)).unbind(0)
        parts = zip(ways, (flat, *self._beside), strict=True)
        self._lanes = [_Lane(way, tile if rows > tile else None, net, part) for way, part in parts]
        count = min(len(ways), threads or given()) if cpu else 1
        like, tiles = flat, partial(Tile, net)
        if mixed:  # the hidden layers' weights, anew in each step
            self._original, self._copy = net.flat, net.flat.to(HALF)
            half = Net(net.part, net.dim, self._copy, net.norm, net.fourier)
            like, tiles = self._copy, partial(MixedTile, net, half)
            backwards = [m[:-1].T for m in half.matrices]
        self._hands = [
            _Hand(Memory(net, tile, like), partial(tiles, backwards=backwards, scale=self.scale)) for _ in range(count)
        ]
        self.parts: torch.Tensor | None = None
        self._fused = None
        if not mixed and switch.usable(flat.device.type):
            self._fuse(net, rows)

    def into(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None) -> None:
        """Writes the gradient to ``flat``, and ``rest``. Without a sync. Raises Stopped."""
        if self._fused is None or not self._launched(rest, inputs, wanted, w):
            self._calls(rest, inputs, wanted, w)

    def _fuse(self, net: Net, rows: int) -> None:
        """One launch for all of it, where the net is small and plain enough."""

        def make() -> None:
            from engine.learning.kernels.mlp import Fused

            self._fused = Fused(net, rows, self.scale) if Fused.fits(net, rows) else None

        self._checked = False  # against the calls
        switch.attempt(make)

    def _launched(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None) -> bool:
        """The gradient in ``parts``; False where that cannot be, now and from now on."""
        done = switch.usable(rest.device.type) and switch.attempt(lambda: self._fused.into(rest, inputs, wanted, w))
        if done and not self._checked:
            ours = self._fused.parts.sum(0), rest.clone()
            self._calls(rest, inputs, wanted, w)
            done = self._checked = switch.agree("a gradient", ours, (self._flat, rest), near=self._fused.near)
            rest.copy_(ours[1] if done else rest)
        self.parts = self._fused.parts if done else None
        if not done:
            self._fused = None
        return done

    def _calls(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None) -> None:
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
    """What one thread computes with: memory, and the tiles that lie in it."""

    def __init__(self, memory: Memory, make: Callable[..., Tile]) -> None:
        self._memory, self._make, self.rows = memory, make, memory.rows
        self._made: dict[int, Tile] = {}

    def tile(self, rows: int) -> Tile:
        """So many rows."""
        if rows not in self._made:
            self._made[rows] = self._make(rows=rows, memory=self._memory)
        return self._made[rows]
