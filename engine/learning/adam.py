"""Adam with decoupled weight decay on one flat tensor: a single call where torch has a fused kernel."""

from __future__ import annotations

import torch

RATES, EPS = (0.9, 0.999), 1e-8  # torch's own, and everybody's
_fused = getattr(torch, "_fused_adamw_", None)


class Adam:
    """``step`` moves ``flat`` against ``grad``: w <- (1 - rate decay) w - rate m/(sqrt(v) + eps), both unbiased
    (Kingma and Ba, arXiv 1412.6980; Loshchilov and Hutter, arXiv 1711.05101). Equal to torch.optim.AdamW.

    Without a sync, and with the rate in a tensor on a GPU: a captured graph reads it anew at every replay.
    """

    def __init__(self, flat: torch.Tensor, grad: torch.Tensor) -> None:
        self._flat, self._grad = flat, grad
        self._m, self._v = torch.zeros_like(flat), torch.zeros_like(flat)
        self._count = torch.zeros((), device=flat.device)
        self._rate = torch.zeros((), device=flat.device) if flat.device.type == "cuda" else 0.0
        self._lists = ([flat], [grad], [self._m], [self._v], [], [self._count])
        self._kernel = _fused if flat.device.type in ("cpu", "cuda") else None

    def tensors(self) -> dict[str, torch.Tensor]:
        """Its state, by name: both moments, and the steps made."""
        return {"first moment": self._m, "second moment": self._v, "count": self._count}

    def set_rate(self, rate: float) -> None:
        if torch.is_tensor(self._rate):
            self._rate.fill_(rate)
        else:
            self._rate = rate

    def step(self, decay: float) -> None:
        self._count += 1
        if self._kernel is None:
            self._by_hand(decay)
            return
        self._kernel(
            *self._lists,
            lr=self._rate,
            beta1=RATES[0],
            beta2=RATES[1],
            weight_decay=decay,
            eps=EPS,
            amsgrad=False,
            maximize=False,
        )

    def _by_hand(self, decay: float) -> None:
        b1, b2 = RATES
        self._m.lerp_(self._grad, 1 - b1)
        self._v.mul_(b2).addcmul_(self._grad, self._grad, value=1 - b2)
        m = self._m / (1 - b1**self._count)
        v = self._v / (1 - b2**self._count)
        self._flat.mul_(1 - self._rate * decay).sub_(self._rate * m / v.sqrt_().add_(EPS))
