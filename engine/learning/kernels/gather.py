"""Pairs, path and normalisation in one launch: from indices and times to what the net sees and should give."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

BLOCK = 256  # rows of a program


@triton.jit(do_not_specialize=["n"])
def _gather(
    x0, x1, i, j, t, plan, norm, omega, waves, inputs, wanted, n, pairs, stride,
    DIM: tl.constexpr, TIMES: tl.constexpr, WAVES: tl.constexpr, STRAIGHT: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    k = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = k < n
    start, end = tl.load(i + k, mask=there, other=0), tl.load(j + k, mask=there, other=0)
    time = tl.load(t + k, mask=there, other=0.0)
    around, out = tl.load(norm + 2 * DIM), tl.load(norm + 2 * DIM + 1)
    seen = ()
    for d in tl.static_range(DIM):
        p = tl.load(x0 + d * pairs + start, mask=there, other=0.0)
        q = tl.load(x1 + d * pairs + end, mask=there, other=0.0)
        if STRAIGHT:
            dx = q - p
            x = p + time * dx
        else:
            a, b = tl.load(plan + k, mask=there, other=0.0), tl.load(plan + n + k, mask=there, other=0.0)
            da, db = tl.load(plan + 2 * n + k, mask=there, other=0.0), tl.load(plan + 3 * n + k, mask=there, other=0.0)
            x, dx = a * q + b * p, da * q + db * p
        middle = tl.load(norm + d)
        drift = tl.load(norm + DIM + d) - middle
        u = tl.div_rn(x - (middle + time * drift), around + tl.zeros_like(x))
        seen = seen + (u,)  # noqa: RUF005
        tl.store(inputs + d * stride + k, u, mask=there)
        tl.store(wanted + d * stride + k, tl.div_rn(dx - drift, out + tl.zeros_like(x)), mask=there)
    row = inputs + DIM * stride + k
    tl.store(row, 2.0 * time - 1.0, mask=there)
    row += stride
    for f in range(TIMES):
        angle = tl.load(omega + f) * time
        tl.store(row + f * stride, tl.sin(angle), mask=there)
        tl.store(row + (TIMES + f) * stride, tl.cos(angle), mask=there)
    row += 2 * TIMES * stride
    for f in range(WAVES):
        angle = tl.load(waves + f * DIM) * seen[0]
        for d in tl.static_range(1, DIM):
            angle += tl.load(waves + f * DIM + d) * seen[d]
        tl.store(row + f * stride, tl.sin(angle), mask=there)
        tl.store(row + (WAVES + f) * stride, tl.cos(angle), mask=there)
    tl.store(row + 2 * WAVES * stride, tl.zeros_like(time) + 1.0, mask=there)


def launch(
    ends: tuple[torch.Tensor, torch.Tensor],
    which: tuple[torch.Tensor, torch.Tensor],
    t: torch.Tensor,
    plan: torch.Tensor | None,
    norm: torch.Tensor,
    omega: torch.Tensor | None,
    waves: torch.Tensor | None,
    inputs: torch.Tensor,
    wanted: torch.Tensor,
) -> None:
    """Columns of ``inputs`` (i + 1, .) and ``wanted`` (d, .), of one stride, from pairs ``which`` of ``ends`` (d, .) at
    times t (n). ``plan`` (4, n): a, b, a', b' of the path, None of the straight one; the rest is the net's."""
    n = t.numel()
    _gather[(triton.cdiv(n, BLOCK),)](
        *ends, *which, t, t if plan is None else plan, norm,
        t if omega is None else omega, t if waves is None else waves, inputs, wanted,
        n, ends[0].shape[1], inputs.stride(0),
        DIM=len(wanted), TIMES=0 if omega is None else len(omega), WAVES=0 if waves is None else len(waves),
        STRAIGHT=plan is None, BLOCK=BLOCK, num_warps=4,
    )  # fmt: skip
