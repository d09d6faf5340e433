"""Adam with decoupled weight decay, the sum of the gradient's parts and the moving average, in one launch."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

BLOCK = 128  # weights of a program
LANES = 16  # parts of the gradient that it reads at once


@triton.jit(do_not_specialize=["rate", "share", "count"], do_not_specialize_on_alignment=["rate", "share", "count"])
def _adam(
    flat, parts, first, second, average, count, rate, share, size, lanes, decay,
    LOG_B1: tl.constexpr, LOG_B2: tl.constexpr, B1: tl.constexpr, B2: tl.constexpr, EPS: tl.constexpr,
    LANES: tl.constexpr, TURNS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = at < size
    g = tl.zeros((BLOCK,), tl.float32)
    for k in tl.static_range(TURNS):  # always in the same order
        lane = k * LANES + tl.arange(0, LANES)
        some = tl.load(
            parts + lane[:, None] * size + at[None, :], mask=(lane < lanes)[:, None] & there[None, :], other=0.0
        )
        g += tl.sum(some, 0)
    lr, newest, steps = tl.load(rate), tl.load(share), tl.load(count).to(tl.float64)
    unbias1 = (1.0 - tl.exp2(steps * LOG_B1)).to(tl.float32)  # in float64: 1 - 0.999 would lose four digits
    unbias2 = (1.0 - tl.exp2(steps * LOG_B2)).to(tl.float32)
    m = tl.load(first + at, mask=there, other=0.0)
    m += (g - m) * (1.0 - B1)
    v = tl.load(second + at, mask=there, other=0.0)
    v = B2 * v + (1.0 - B2) * g * g
    w = tl.load(flat + at, mask=there, other=0.0)
    w = w * (1.0 - lr * decay) - (lr / unbias1) * tl.div_rn(m, tl.sqrt_rn(v) / tl.sqrt_rn(unbias2) + EPS)
    e = tl.load(average + at, mask=there, other=0.0)
    e = tl.where(newest < 0.5, e + newest * (w - e), w - (w - e) * (1.0 - newest))  # exact for 0 and 1
    tl.store(flat + at, w, mask=there)
    tl.store(first + at, m, mask=there)
    tl.store(second + at, v, mask=there)
    tl.store(average + at, e, mask=there)


def launch(
    flat: torch.Tensor,
    parts: torch.Tensor,
    first: torch.Tensor,
    second: torch.Tensor,
    average: torch.Tensor,
    count: torch.Tensor,
    rate: torch.Tensor,
    share: torch.Tensor,
    decay: float,
    betas: tuple[float, float],
    logs: tuple[float, float],
    eps: float,
) -> None:
    """One step. ``parts`` (k, p): their sum is the gradient; ``count``, ``rate``, ``share``: numbers on the device;
    ``logs``: of the betas, to base 2."""
    lanes, size = parts.shape
    at_once = LANES if lanes > 1 else 1
    _adam[(triton.cdiv(size, BLOCK),)](
        flat, parts, first, second, average, count, rate, share, size, lanes, decay,
        LOG_B1=logs[0], LOG_B2=logs[1], B1=betas[0], B2=betas[1], EPS=eps,
        LANES=at_once, TURNS=triton.cdiv(lanes, at_once), BLOCK=BLOCK, num_warps=4,
    )  # fmt: skip
