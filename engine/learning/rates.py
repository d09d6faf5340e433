"""What changes from step to step by a plan: the learning rate, and the newest weights' share in the average."""

from __future__ import annotations

import math

import torch

from engine.spec import Training


def rate(training: Training, step: int) -> float:
    """The learning rate of this step."""
    falls = 0.5 + 0.5 * math.cos(math.pi * step / training.steps)
    return training.rate * (falls if training.schedule == "cosine" else 1.0)


def share(training: Training, step: int) -> float:
    """Of the newest weights in the average: more while the net is young; all of it where no average is asked for."""
    return 1.0 - min(training.ema, (1 + step) / (10 + step))


class Rates:
    """Both, of the steps to come, in a table on the device: a captured graph reads it anew at every replay."""

    def __init__(self, steps: int, device: torch.device) -> None:
        self._table = torch.zeros((2, steps), device=device)
        #: (rate, share) of each step, as numbers on the device
        self.each = list(zip(*(row.unbind() for row in self._table), strict=True))

    def set(self, training: Training, step: int, steps: int) -> None:
        """Those of ``steps`` steps from ``step`` on."""
        if steps == 1:  # no copy from the processor, for which it would wait
            for into, value in zip(self.each[0], (rate(training, step), share(training, step)), strict=True):
                into.fill_(value)
            return
        plan = [[f(training, k) for k in range(step, step + steps)] for f in (rate, share)]
        self._table[:, :steps].copy_(torch.tensor(plan))
