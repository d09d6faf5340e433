"""Forward and backward pass of a small plain net in one launch: each program takes some rows through all layers.

What the layers give stays in registers from the way up to the way down; a program writes the gradient of its rows, and
the optimiser adds the programs' up, in their order. Products are made in three parts of TF32 ("tf32x3"), which errs by
some 1e-6 of the largest term, as sums in float32 do; in float32 proper the compiler spills registers by the thousand.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from engine.learning.kernels import switch
from engine.learning.net import Net

ROWS = 16  # of a program: with more, registers no longer hold what the layers give
PROGRAMS = 128  # at most: each writes a gradient of its own, and cuBLAS is quick at larger batches
WIDEST, DEEPEST, WIDEST_IN = 128, 4, 64
PRECISION = "tf32x3"  # of products
ACTIVATIONS = ("silu", "tanh", "gelu", "relu", "selu")


@triton.jit
def _act(a, KIND: tl.constexpr):
    if KIND == "silu":
        return a * tl.sigmoid(a)
    elif KIND == "tanh":
        return 2.0 * tl.sigmoid(2.0 * a) - 1.0
    elif KIND == "gelu":
        return 0.5 * a * (1.0 + tl.erf(a * 0.7071067811865476))
    elif KIND == "relu":
        return tl.where(a < 0.0, 0.0, a)  # what is no number stays none
    else:
        return 1.0507009873554805 * tl.where(a < 0.0, 1.6732632423543772 * (tl.exp(tl.minimum(a, 0.0)) - 1.0), a)


@triton.jit
def _slope(a, KIND: tl.constexpr):
    if KIND == "silu":
        s = tl.sigmoid(a)
        return s * (1.0 + a * (1.0 - s))
    elif KIND == "tanh":
        h = 2.0 * tl.sigmoid(2.0 * a) - 1.0
        return 1.0 - h * h
    elif KIND == "gelu":
        return 0.5 * (1.0 + tl.erf(a * 0.7071067811865476)) + a * 0.3989422804014327 * tl.exp(-0.5 * a * a)
    elif KIND == "relu":
        return tl.where(a > 0.0, 1.0, 0.0)
    else:
        return 1.0507009873554805 * tl.where(a < 0.0, 1.6732632423543772 * tl.exp(tl.minimum(a, 0.0)), 1.0)


@triton.jit(do_not_specialize_on_alignment=["inputs", "wanted", "w", "rest"])
def _pass(
    inputs, wanted, w, rest, flat, parts, rows, inputs_stride, wanted_stride, size, scale,
    FAN: tl.constexpr, WIDTH: tl.constexpr, DIM: tl.constexpr, HIDDEN: tl.constexpr, KIND: tl.constexpr,
    WEIGHTED: tl.constexpr, IN: tl.constexpr, WIDE: tl.constexpr, OUT: tl.constexpr, ROWS: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    SQUARE: tl.constexpr = (WIDTH + 1) * WIDTH  # of a hidden layer: weights above bias
    n = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    i, j, d = tl.arange(0, IN), tl.arange(0, WIDE), tl.arange(0, OUT)
    here, fans, units = n < rows, i < FAN, j < WIDTH
    squares, ends = units[:, None] & units[None, :], (d < DIM)[:, None] & units[None, :]
    square, end = j[:, None] * WIDTH + j[None, :], d[:, None] * (WIDTH + 1) + j[None, :]
    firsts, first = fans[:, None] & units[None, :], i[:, None] * WIDTH + j[None, :]
    # the way up; the inputs have a column of ones, for the first bias
    x = tl.load(inputs + i[None, :] * inputs_stride + n[:, None], mask=here[:, None] & fans[None, :], other=0.0)
    a = tl.dot(x, tl.load(flat + first, mask=firsts, other=0.0), input_precision=PRECISION)
    layers = (a,)
    at = flat + FAN * WIDTH
    for _k in tl.static_range(HIDDEN - 1):
        m = tl.load(at + square, mask=squares, other=0.0)
        bias = tl.load(at + WIDTH * WIDTH + j, mask=units, other=0.0)
        a = tl.dot(_act(a, KIND), m, input_precision=PRECISION) + bias[None, :]
        layers = layers + (a,)  # noqa: RUF005
        at += SQUARE
    h = _act(a, KIND)
    last = tl.load(at + end, mask=ends, other=0.0)
    bias = tl.load(at + d * (WIDTH + 1) + WIDTH, mask=d < DIM, other=0.0)
    out = tl.dot(h, tl.trans(last), input_precision=PRECISION) + bias[None, :]
    there = here[:, None] & (d < DIM)[None, :]
    y = tl.load(wanted + d[None, :] * wanted_stride + n[:, None], mask=there, other=0.0)
    g = tl.where(there, (out - y) * scale, 0.0)
    tl.store(rest + d[None, :] * rows + n[:, None], g, mask=there)
    # the way down
    if WEIGHTED:
        g = g * tl.load(w + n, mask=here, other=0.0)[:, None]
    own = parts + tl.program_id(0) * size
    into = own + FAN * WIDTH + (HIDDEN - 1) * SQUARE
    tl.store(into + end, tl.dot(tl.trans(g), h, input_precision=PRECISION), mask=ends)
    tl.store(into + d * (WIDTH + 1) + WIDTH, tl.sum(g, 0), mask=d < DIM)
    g = tl.dot(g, last, input_precision=PRECISION)
    for k in tl.static_range(HIDDEN - 1):
        into -= SQUARE
        at -= SQUARE
        g = g * _slope(layers[HIDDEN - 1 - k], KIND)
        h = _act(layers[HIDDEN - 2 - k], KIND)
        tl.store(into + square, tl.dot(tl.trans(h), g, input_precision=PRECISION), mask=squares)
        tl.store(into + WIDTH * WIDTH + j, tl.sum(g, 0), mask=units)
        m = tl.load(at + square, mask=squares, other=0.0)
        g = tl.dot(g, tl.trans(m), input_precision=PRECISION)
    g = g * _slope(layers[0], KIND)
    tl.store(own + first, tl.dot(tl.trans(x), g, input_precision=PRECISION), mask=firsts)


class Fused:
    """``into`` writes ``parts`` (programs, p), the sum of which is the gradient, and the rests: see ``Gradient``."""

    def __init__(self, net: Net, rows: int, scale: float) -> None:
        self._net, self._rows, self._scale = net, rows, scale
        self.parts = net.flat.new_empty(triton.cdiv(rows, ROWS), net.flat.numel())
        # how near torch's calls come: beside a kink, rounding tells on which side a unit is
        self.near = 1e-2 if net.part.activation in ("relu", "selu") else switch.NEAR

    @staticmethod
    def fits(net: Net, rows: int) -> bool:
        part = net.part
        layers = range(part.hidden)
        plain = all(part.acts(k) and part.units(k) == part.units(0) for k in layers)
        plain = plain and not any(part.closes(k) for k in range(part.hidden + 1))
        small = part.units(0) <= WIDEST and part.hidden <= DEEPEST and len(net.matrices[0]) <= WIDEST_IN
        return plain and small and part.activation in ACTIVATIONS and rows <= ROWS * PROGRAMS

    def into(self, rest: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, w: torch.Tensor | None) -> None:
        net, (fan, width) = self._net, self._net.matrices[0].shape
        _pass[(len(self.parts),)](
            inputs, wanted, inputs if w is None else w, rest, net.flat, self.parts,
            self._rows, inputs.stride(0), wanted.stride(0), net.flat.numel(), self._scale,
            FAN=fan, WIDTH=width, DIM=net.dim, HIDDEN=net.part.hidden, KIND=net.part.activation,
            WEIGHTED=w is not None, IN=power(fan), WIDE=power(width), OUT=16, ROWS=ROWS,
            PRECISION=PRECISION, num_warps=warps(width, fan), num_stages=1,
        )  # fmt: skip


def warps(width: int, fan: int) -> int:
    """Of a program: as many as hold what the layers give in their registers."""
    return 8 if width > 64 or fan > 16 else 4


def power(n: int) -> int:
    """The power of two that holds n, 16 at least: what a product is made of."""
    return max(16, triton.next_power_of_2(n))
