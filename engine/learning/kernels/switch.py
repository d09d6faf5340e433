"""Whether Triton's kernels are used: where there are any, until one fails, or gives other numbers than torch's calls.

They have been run in Triton's interpreter alone (docs/performance.md). So each is looked at when it is used first: its
numbers are held against those that torch's calls give for the same step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec

import torch

from engine.parts import reason

log = logging.getLogger("rewire")

OLDEST = (8, 0)  # compute capability: products in three parts of TF32
NEAR, ROUNDED = 3e-5, 1e-6  # of the largest change, and number, of a tensor: some times what rounding makes of them

_off = False


def usable(device: str) -> bool:
    """Whether a training on this device may use them."""
    return not _off and device == "cuda" and _there()


@cache
def _there() -> bool:
    if torch.version.cuda is None:
        return False
    return torch.cuda.get_device_capability() >= OLDEST and find_spec("triton") is not None


def attempt(launch: Callable[[], None]) -> bool:
    """Launch a kernel. Where that fails, nothing was done, and False says that the same is to be done without."""
    try:
        launch()
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception as error:  # no compiler, no such instruction, too little shared memory
        give_up(reason(error))
        return False
    return True


def agree(
    what: str,
    ours: Sequence[torch.Tensor],
    theirs: Sequence[torch.Tensor],
    before: Sequence[torch.Tensor] | None = None,
    near: float = NEAR,
) -> bool:
    """Whether two ways of computing the same, from what was ``before``, gave the same; waits for the device. What is
    not finite proves nothing."""
    for k, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        change = other if before is None else other - before[k]
        away, most = float((mine - other).abs().max()), float(change.abs().max())
        if away > near * most + ROUNDED * float(other.abs().max()):
            give_up(f"{what} differs by {away:.2g} from one of {most:.2g}")
            return False
    return True


def give_up(why: str) -> None:
    """For the rest of this process."""
    global _off
    if not _off:
        log.warning("Training goes on without Triton's kernels, more slowly (%s).", why)
    _off = True
