"""What the training of a round goes on from after an edit: the weights of the round of the same place before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from engine.learning.net import Net


@dataclass(frozen=True, eq=False)
class Carried:
    """``net``: the averaged weights, with what else the net was made of; ``flat``: the newest ones. ``moments``: the
    optimiser's state, by name; empty of a training that was at its end, which kept none."""

    net: Net
    flat: torch.Tensor
    moments: Mapping[str, torch.Tensor] = field(default_factory=dict)

    def fits(self, fresh: Net) -> bool:
        """Whether a net of this kind and size can go on from these weights."""
        same = self.net.part == fresh.part and self.net.dim == fresh.dim
        return same and bool(torch.isfinite(self.flat).all() and torch.isfinite(self.net.flat).all())

    def onto(self, fresh: Net) -> Net:
        """A net of these weights about the centres and scales of the new pairs: a cloud that was moved or scaled is met
        by the field that was moved and scaled with it. The frequencies are those that the weights were trained for."""
        flat = self.flat.to(fresh.flat.device, fresh.flat.dtype, copy=True)
        fourier = None if self.net.fourier is None else self.net.fourier.to(flat.device)
        return Net(fresh.part, fresh.dim, flat, fresh.norm, fourier)
