"""The loss beyond which a training has diverged."""

from __future__ import annotations

import numpy as np

from engine.learning.net import Net
from engine.parts import Path

DIVERGED = 100.0  # times the loss of the best constant velocity, or of the untrained net: no honest run gets there
SEEN = 512  # pairs that tell the untrained net's


def limit(net: Net, path: Path, x0: np.ndarray, x1: np.ndarray) -> float:
    """Of this net, untrained, on pairs of these ends."""
    unit = net.dim * float(net.scale) ** 2  # what rounding may cost, where the ends hardly vary
    return DIVERGED * max(float((x1 - x0).var(0).sum()), unit, _untrained(net, path, x0[:SEEN], x1[:SEEN]))


def _untrained(net: Net, path: Path, x0: np.ndarray, x1: np.ndarray) -> float:
    """|dX - v|^2 of the net as it is, at t = 1/2; and what the path's noise alone adds to any net's, over t."""
    xt, dxt = path.at(net.enter(x0), net.enter(x1), 0.5)
    loss = float((dxt - net(xt, 0.5)).square().sum(1).mean())
    if path.noisy:
        _, slope = path.disturb(0.0, 0.0, np.linspace(0, 1, 1001), 1.0)
        loss += x0.shape[1] * float(np.square(slope).mean())
    return loss
