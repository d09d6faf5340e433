"""Adam with decoupled weight decay on one flat tensor: a single call where torch has a fused kernel."""

from __future__ import annotations

import torch

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

    def tensors(self) -> dict[str, torch.Tensor]:
        """Its state, by name: both moments, and the steps made."""
        return {"first moment": self._m, "second moment": self._v, "count": self._count}

    def step(self, rate: Number, decay: float, share: Number | None = None) -> None:
        """``share``: of the newest weights in the average, which stays as it is where there is none."""
        self._count += 1
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

    def _by_hand(self, rate: Number, decay: float) -> None:
        b1, b2 = RATES
        self._m.lerp_(self._grad, 1 - b1)
        self._v.mul_(b2).addcmul_(self._grad, self._grad, value=1 - b2)
        m = self._m / (1 - b1**self._count)
        v = self._v / (1 - b2**self._count)
        self._flat.mul_(1 - rate * decay).sub_(rate * m / v.sqrt_().add_(EPS))
