"""Adam with decoupled weight decay on one flat tensor: a single call where torch has a fused kernel, or Triton does."""

from __future__ import annotations

import math

import torch

from engine.learning.kernels import switch

RATES, EPS = (0.9, 0.999), 1e-8  # torch's own, and everybody's
_fused = getattr(torch, "_fused_adamw_", None)

Number = float | torch.Tensor  # on a GPU a tensor, which a captured graph reads anew at every replay


class Adam:
    """``step`` moves ``flat`` against ``grad``: w <- (1 - rate decay) w - rate m/(sqrt(v) + eps), both unbiased
    (Kingma and Ba, arXiv 1412.6980; Loshchilov and Hutter, arXiv 1711.05101). Equal to torch.optim.AdamW.

    ``average`` then gets a share of the newest weights. Without a sync.
    """

    def __init__(self, flat: torch.Tensor, grad: torch.Tensor, average: torch.Tensor | None = None) -> None:
        self._flat, self._grad, self._average = flat, grad, average
        self._m, self._v = torch.zeros_like(flat), torch.zeros_like(flat)
        self._count = torch.zeros((), device=flat.device)
        self._lists = ([flat], [grad], [self._m], [self._v], [], [self._count])
        self._kernel = _fused if flat.device.type in ("cpu", "cuda") else None
        self._checked = False  # the launch for all of it, against the calls

    def tensors(self) -> dict[str, torch.Tensor]:
        """Its state, by name: both moments, and the steps made."""
        return {"first moment": self._m, "second moment": self._v, "count": self._count}

    def step(self, rate: Number, decay: float, share: Number | None = None, parts: torch.Tensor | None = None) -> None:
        """``share``: of the newest weights in the average, which stays as it is where there is none. ``parts`` (k, p):
        their sum is the gradient, where it is not in ``grad``."""
        self._count += 1
        if share is not None and switch.usable(self._flat.device.type) and self._launched(rate, decay, share, parts):
            return
        if parts is not None:
            torch.sum(parts, 0, out=self._grad)
        self._calls(rate, decay, share)

    def _calls(self, rate: Number, decay: float, share: Number | None) -> None:
        if self._kernel is None:
            self._by_hand(rate, decay)
        else:
            self._kernel(
                *self._lists,
                lr=rate,
                beta1=RATES[0],
                beta2=RATES[1],
                weight_decay=decay,
                eps=EPS,
                amsgrad=False,
                maximize=False,
            )
        if share is not None:
            self._average.lerp_(self._flat, share)

    def _launched(self, rate: Number, decay: float, share: Number, parts: torch.Tensor | None) -> bool:
        """All of a step in one launch; False where that cannot be, and nothing was done."""
        own = [self._flat, self._m, self._v, self._average]

        def launch() -> None:
            from engine.learning.kernels import adam

            grads = self._grad[None] if parts is None else parts
            logs = math.log2(RATES[0]), math.log2(RATES[1])
            adam.launch(self._flat, grads, *own[1:], self._count, rate, share, decay, RATES, logs, EPS)

        if self._checked:
            return switch.attempt(launch)
        before = [a.clone() for a in own]
        if not switch.attempt(launch):
            return False
        self._checked, ours = True, [a.clone() for a in own]
        exact = self._grad.clone() if parts is None else parts.sum(0)
        # as it was summed in the launch: where it is next to nothing, its sign is a matter of rounding
        summed = (ours[1] - before[1]) / (1 - RATES[0]) + before[1]
        good = switch.agree("a sum of gradients", [summed], [exact])
        if good:
            self._again(own, before, summed, rate, decay, share)
            good = switch.agree("a step of the optimiser", ours, own, before)
        if good:
            for a, b in zip(own, ours, strict=True):
                a.copy_(b)
        else:
            self._again(own, before, exact, rate, decay, share)
        return True

    def _again(self, own: list[torch.Tensor], before: list[torch.Tensor], grad: torch.Tensor, *step: Number) -> None:
        """The same step from the same numbers, by torch's calls."""
        for a, b in zip(own, before, strict=True):
            a.copy_(b)
        self._grad.copy_(grad)
        self._calls(*step)

    def _by_hand(self, rate: Number, decay: float) -> None:
        b1, b2 = RATES
        self._m.lerp_(self._grad, 1 - b1)
        self._v.mul_(b2).addcmul_(self._grad, self._grad, value=1 - b2)
        m = self._m / (1 - b1**self._count)
        v = self._v / (1 - b2**self._count)
        self._flat.mul_(1 - rate * decay).sub_(rate * m / v.sqrt_().add_(EPS))
