"""Products of matrices: torch's own, or oneDNN's where that is the faster one.

MKL, torch's own on x86, runs at half of oneDNN's speed on AMD's processors and ahead of it on Intel's. Which it is
follows from the processor alone, never from a clock: the same seed must give the same bytes in every run.
"""

from __future__ import annotations

from functools import cache

import torch

from engine.learning.device import vendor

SMALL = 2**22  # multiplications below which oneDNN's setting up costs more than it gains


class Plain:
    """torch's own."""

    @staticmethod
    def put(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor, add: bool = False) -> None:
        """out = a b, or out += a b."""
        if add:
            out.addmm_(a, b)
        else:
            torch.mm(a, b, out=out)

    @staticmethod
    def layer(h: torch.Tensor, m: torch.Tensor) -> torch.Tensor:
        """h (n, i) times weights above bias (i + 1, o)."""
        return torch.addmm(m[-1], h, m[:-1])


class OneDNN(Plain):
    """oneDNN's, where the matrices are large enough."""

    @staticmethod
    def put(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor, add: bool = False) -> None:
        if a.shape[0] * a.shape[1] * b.shape[1] < SMALL:
            Plain.put(a, b, out, add)
        elif add:
            out.add_(_linear(a, b.T, None))
        else:
            out.copy_(_linear(a, b.T, None))

    @staticmethod
    def layer(h: torch.Tensor, m: torch.Tensor) -> torch.Tensor:
        if h.numel() * m.shape[1] < SMALL:
            return Plain.layer(h, m)
        return _linear(h, m[:-1].T, m[-1])


def product(like: torch.Tensor) -> type[Plain]:
    """The faster one for matrices of this kind, on this machine."""
    single = like.device.type == "cpu" and like.dtype == torch.float32
    return OneDNN if single and vendor() == "AuthenticAMD" and _works() else Plain


def _linear(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
    return torch.ops.mkldnn._linear_pointwise(x, w, b, "none", [], "")


@cache
def _works() -> bool:
    try:
        return bool(_linear(torch.ones(2, 3), torch.ones(4, 3), torch.ones(4))[0, 0] == 4)
    except (AttributeError, RuntimeError):
        return False
