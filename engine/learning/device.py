"""Which device computes, and how it is set up."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: idle OpenMP workers must not spin beside the window

import torch

from engine.parts import Wrong

NAMES = ("auto", "cuda", "mps", "cpu")


def choose(name: str = "auto") -> str:
    """The device to use: cuda, mps or cpu. Raises Wrong for one that is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(device for device, present in there.items() if present)
    if name not in there:
        raise Wrong("device", f"{name!r} is not known; known are {', '.join(NAMES)}")
    if not there[name]:
        raise Wrong("device", f"{name!r} is not available on this machine; cpu always is")
    return name


def settle(device: str) -> None:
    """Once per process: on a small processor a second torch thread spins where the window wants the core."""
    if device == "cpu":
        torch.set_num_threads(1)


def graphs(device: str) -> bool:
    """Whether steps of training are captured and replayed there."""
    return device == "cuda"


def describe(device: str) -> str:
    """The device in words, for people."""
    return torch.cuda.get_device_name() if device == "cuda" else {"mps": "Apple GPU"}.get(device, "CPU")


@cache
def vendor() -> str:
    """Who made the processor, as it says itself: GenuineIntel, AuthenticAMD; empty where it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor().rpartition(" ")[2]  # Windows: "... Stepping 1, AuthenticAMD"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("vendor_id")), "")
