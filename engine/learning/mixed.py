"""Mixed precision: products of hidden layers in bfloat16, all else in float32 (arXiv 1710.03740, 1905.12322).

The rule: bfloat16 where the device multiplies it faster than float32. That is an Nvidia GPU from compute capability
8.0 on, a processor with AMX tiles, or one of AMD's with avx512_bf16 (half again to twice as fast). Intel's avx512_bf16
without tiles runs at half of its float32's speed (docs/performance.md), and elsewhere it is emulated: there float32 is
used, and a sentence says so. The rule asks what the device is, never a clock.

Weights, their gradients' sum, Adam and the average are float32, and so are the first layer, which sees places and
times, and the last one, which is compared with what is wanted. No scale of the loss: bfloat16 has float32's range.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

from engine.learning.device import vendor

HALF = torch.bfloat16
NO_GAIN = "Trained in float32: mixed precision gains nothing on this processor."


def pays(device: str) -> bool:
    """Whether products in bfloat16 are the faster ones on this kind of device."""
    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    return device == "cpu" and ("amx_bf16" in _flags() or ("avx512_bf16" in _flags() and vendor() == "AuthenticAMD"))


def used(precision: str, device: str) -> str:
    """The precision that training really has: ``precision`` as asked, if the device can gain by it."""
    return precision if precision == "float32" or pays(device) else "float32"


@cache
def _flags() -> frozenset[str]:
    """What the processor says that it can do; nothing where it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())
