"""The velocity net: its inputs, its layers, its weights. The gradient is in engine/learning/gradient.py.

Layer k of both kinds (plain and residual) is a_k = act(a_{k-1}) W_k + b_k, plus a_{k-2} where it closes a block; the
first sees the inputs, the last is the output, and a linear stream leaves act out. Weights and bias lie together,
(inputs + 1, outputs) row by row with the bias last, one layer after the other in one flat tensor: with a column of ones
beside the activations one product does for both, forward and backward. The last layer lies the other way round,
(outputs, inputs + 1): thin products are three times as fast with the long side in memory order.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch

from engine.cores import given
from engine.fields.field import Field
from engine.learning.architecture import Architecture
from engine.learning.crew import together
from engine.learning.product import Plain, product
from engine.motion.stopping import heed
from engine.parts import Problem, Wrong

TILE = 1024  # rows that go through at once on a processor: they stay in the second-level cache
EPS = 2.0**-23  # of float32
WORK = 2**30  # weights times rows that go through within some hundredths of a second
ZOOM = 3.0  # of the inputs: fine structure is learned sooner; the two-mode scene's fit gap falls by two fifths

ACTIVATION = {
    "silu": torch.nn.functional.silu,
    "tanh": torch.tanh,
    "gelu": torch.nn.functional.gelu,
    "relu": torch.relu,
    "selu": torch.selu,
}
# those that may write over what they are given; of GELU torch 2.13 writes to the wrong places
OVER = {
    "silu": lambda a: torch.nn.functional.silu(a, inplace=True),
    "tanh": torch.tanh_,
    "relu": torch.relu_,
    "selu": torch.selu_,
}


class Net(Field):
    """v(x, t) for x (n, d) and t a number or (n, 1): centre and scale of the pairs around an MLP.

    ``flat`` holds all weights; ``Net.at(other_flat)`` is the same net with other weights (the averaged ones).
    ``fourier`` (m, d) are its random frequencies, in cycles per spread of the ends, where it has any.
    """

    name = "net"

    def __init__(
        self, part: Architecture, dim: int, flat: torch.Tensor, norm: torch.Tensor, fourier: torch.Tensor | None = None
    ) -> None:
        self.part, self.dim, self.flat, self.norm, self.fourier = part, dim, flat, norm, fourier
        # norm: mean of x0 (d), mean of x1 (d), input scale, output scale
        self.shift, self.scale = norm[dim : 2 * dim] - norm[:dim], norm[2 * dim + 1]
        self._m0, self._drift, self._in = norm[:dim, None], self.shift[:, None], norm[2 * dim]
        self.matrices = matrices(flat, part, dim)
        self._tile = min(TILE, max(16, WORK // 16 // flat.numel()))  # of the widest nets a few rows take as long
        kind = product(flat)
        self._act, self._layer = ACTIVATION[part.activation], kind.layer
        # whether layers may write to memory that stays: fresh memory for each takes longer than what is computed in it
        blocks = any(map(part.closes, range(part.hidden + 2)))
        self._stays = kind is Plain and part.activation in OVER and not blocks and flat.device.type == "cpu"
        k = torch.arange(1, part.time_features + 1, device=flat.device, dtype=flat.dtype)
        self._omega = math.pi * k[:, None] if part.time_features else None
        self._waves = None if fourier is None else fourier * (2 * math.pi / ZOOM)

    @property
    def norms(self) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        """What makes ``inputs`` of x and t: centres and scales; π k of the features of t (k, 1), 2π f of those of x."""
        return self.norm, self._omega, self._waves

    @property
    def layers(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Weights (outputs, inputs) and biases (outputs) of each layer: views into ``flat``."""
        return [(m[:-1].T, m[-1]) for m in self.matrices]

    def tensors(self) -> dict[str, torch.Tensor]:
        """Everything that it takes to make it again (``restored``), on the processor."""
        found = {"norm": self.norm} if self.fourier is None else {"norm": self.norm, "fourier": self.fourier}
        for k, (w, b) in enumerate(self.layers):
            found |= {f"layer{k}.weight": w, f"layer{k}.bias": b}
        return {name: tensor.cpu().contiguous() for name, tensor in found.items()}

    def at(self, flat: torch.Tensor) -> Net:
        norm, fourier = (None if a is None else a.to(flat.device).to(flat.dtype) for a in (self.norm, self.fourier))
        return Net(self.part, self.dim, flat, norm, fourier)

    def double(self) -> Net:
        """A float64 copy, for reference solutions; on the processor where the device knows no float64 (Apple's)."""
        flat = self.flat.cpu() if self.flat.device.type == "mps" else self.flat
        return self.at(flat.double())

    @property
    def rows(self) -> int:
        """Whole tiles: a net gives a point the same velocity to the last bit, however many go through at once."""
        return max(self._tile, min(Field.rows, WORK // self.flat.numel()) // self._tile * self._tile)

    def restarted_from(self, previous: Net) -> Net:
        """A copy of ``previous`` to go on from: the same field, its centres, scales and frequencies included.

        They are kept, not converted: Fourier features of x have no exact counterpart about another centre, and the
        ends of the next round have nearly the same law. Raises Wrong where the net is of another kind or size.
        """
        if previous.part != self.part or previous.dim != self.dim:
            raise Wrong("training.warm", "a round can only go on from a net of the same kind and size")
        return previous.at(previous.flat.to(self.flat.device, self.flat.dtype, copy=True))

    def enter(self, x: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(x), dtype=self.flat.dtype).to(self.flat.device)

    @torch.no_grad()
    def __call__(self, x: torch.Tensor, t: float | torch.Tensor) -> torch.Tensor:
        if not torch.is_tensor(t):
            t = torch.full((len(x), 1), float(t), dtype=x.dtype, device=x.device)
        if len(x) <= self._tile or x.device.type != "cpu":
            return self._forward(x, t, self._memory(len(x)))
        return self._by_tiles(x, t)

    def _memory(self, rows: int) -> list[torch.Tensor]:
        """Of one thread, for what the hidden layers give, in turns; none where they make their own."""
        width = max(map(self.part.units, range(self.part.hidden)))
        return [self.flat.new_empty(rows * width) for _ in range(2 * self._stays)]

    def _by_tiles(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """Tile after tile, by as many threads as train: the numbers are the same for any number of them."""
        n, tile = len(x), self._tile
        found = torch.empty_like(x)

        def go(memory: list[torch.Tensor], k: int) -> None:
            some = slice(k * tile, min(n, (k + 1) * tile))
            heed()
            found[some] = self._forward(x[some], t[some], memory)

        tiles = -(-n // tile)
        together([partial(go, self._memory(tile)) for _ in range(min(given(), tiles))], tiles)
        return found

    def inputs(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """What the first layer sees, (i + 1, n), of x (n, d) and t (n, 1): X_t centred on its mean and scaled, t in
        [-1, 1], features of t and of x, and a one."""
        x, t = x.T, t.T
        u = (x - torch.addcmul(self._m0, t, self._drift)) / self._in
        rows = [u, 2 * t - 1]
        if self._omega is not None:
            rows += [torch.sin(self._omega * t), torch.cos(self._omega * t)]
        if self._waves is not None:
            angle = self._waves @ u
            rows += [torch.sin(angle), torch.cos(angle)]
        return torch.cat([*rows, torch.ones_like(t)])

    def wanted(self, dxt: torch.Tensor) -> torch.Tensor:
        """What the last layer should give."""
        return (dxt - self.shift) / self.scale

    def _forward(self, x: torch.Tensor, t: torch.Tensor, memory: list[torch.Tensor]) -> torch.Tensor:
        if memory:
            return self._forward_into(memory, self.inputs(x, t).T)
        a, before = self.inputs(x, t).T @ self.matrices[0], None
        for k, m in enumerate(self.matrices[1:], 1):
            b = self._layer(self._act(a) if self.part.acts(k - 1) else a, m)
            if self.part.closes(k):
                b += before
            before, a = a, b
        return a * self.scale + self.shift

    def _forward_into(self, memory: list[torch.Tensor], h: torch.Tensor) -> torch.Tensor:
        """The same to the last bit, of a net without blocks, from its inputs h (n, i + 1)."""
        over = OVER[self.part.activation]
        for k, m in enumerate(self.matrices[:-1]):
            a = memory[k % 2][: len(h) * m.shape[1]].view(len(h), m.shape[1])
            if k:
                torch.addmm(m[-1], h, m[:-1], out=a)
            else:
                torch.mm(h, m, out=a)
            h = over(a) if self.part.acts(k) else a
        m = self.matrices[-1]
        return torch.addmm(m[-1], h, m[:-1]) * self.scale + self.shift


def shapes(part: Architecture, dim: int) -> list[tuple[int, int]]:
    """(outputs, inputs) of each layer."""
    sizes = [dim + 1 + 2 * part.time_features + 2 * part.fourier, *map(part.units, range(part.hidden)), dim]
    return list(zip(sizes[1:], sizes[:-1], strict=True))


def matrices(flat: torch.Tensor, part: Architecture, dim: int) -> list[torch.Tensor]:
    """Weights above bias, (inputs + 1, outputs) of each layer, as views into ``flat``: weights, or their gradient."""
    views, at = [], 0
    for out, into in shapes(part, dim):
        views.append(flat[at : at + out * (into + 1)].view(into + 1, out))
        at += out * (into + 1)
    views[-1] = views[-1].view(out, into + 1).T
    return views


def restored(part: Architecture, tensors: dict[str, torch.Tensor]) -> Net:
    """The net that ``Net.tensors`` was asked of."""
    pieces = [tensors[f"layer{k}.{name}"] for k in range(part.hidden + 1) for name in ("weight", "bias")]
    net = Net(
        part,
        len(pieces[-1]),
        torch.empty(sum(map(len, map(torch.flatten, pieces)))),
        tensors["norm"],
        tensors.get("fourier"),
    )
    for into, piece in zip((piece for layer in net.layers for piece in layer), pieces, strict=True):
        into.copy_(piece)
    return net


def build(part: Architecture, problem: Problem, seed: int, device: str) -> Net:
    """A fresh net: uniform weights within 1/sqrt(inputs), drawn on the processor so that all devices start alike.

    A layer that closes a block starts at zero, so that a deep residual net starts as a shallow one.
    """
    generator = torch.Generator().manual_seed(seed)
    flat = torch.zeros(sum(out * (into + 1) for out, into in shapes(part, problem.dim)))
    for k, m in enumerate(matrices(flat, part, problem.dim)):
        if not part.closes(k):
            into, bound = len(m) - 1, 1.0 / math.sqrt(len(m) - 1)
            m[:-1] = torch.empty(m.shape[1], into).uniform_(-bound, bound, generator=generator).T
            m[-1].uniform_(-bound, bound, generator=generator)
    m0, m1 = problem.x0.mean(0), problem.x1.mean(0)
    # a spread below what float32 tells apart at this distance from 0 is none: a unit of it would be all rounding
    least = EPS * max(np.abs(problem.x0).max(), np.abs(problem.x1).max())
    spread = np.sqrt((problem.x0.var(0).mean() + problem.x1.var(0).mean()) / 2)
    moved = np.sqrt((problem.x1 - problem.x0).var(0).mean())
    around, out = (max(size, least) if size else 1.0 for size in (spread, moved))
    norm = torch.as_tensor(np.concatenate([m0, m1, [around / ZOOM, out]]), dtype=torch.float32)
    fourier = None
    if part.fourier:
        fourier = part.fourier_scale * torch.randn((part.fourier, problem.dim), generator=generator)
        fourier = fourier.to(device)
    return Net(part, problem.dim, flat.to(device), norm.to(device), fourier)
