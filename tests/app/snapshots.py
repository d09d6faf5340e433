"""Hand-made Snapshots: the two-mode scene solved with its closed form, in numpy."""

from __future__ import annotations

import numpy as np

from engine.distributions.gaussian import Gaussian
from engine.evidence.estimate import Estimate
from engine.snapshot import RoundView, Snapshot
from engine.spec import Experiment

MODES = np.array([-7.5, 7.5])
STD = 1.2


def velocity(x: np.ndarray, t: float, dim: int) -> np.ndarray:
    """Closed form between (0, ±7.5) and (15, ±7.5) (1-D: ±7.5 to ±7.5), x (n, d)."""
    axis = dim - 1 if dim < 3 else 1
    shift = np.zeros(dim)
    shift[0] = 15.0 if dim > 1 else 0.0
    c = ((1 - t) ** 2 + t**2) * STD**2
    gain = (t - (1 - t)) * STD**2 / c
    weights, fields = [], []
    for m in MODES:
        for n in MODES:
            mean, end = np.zeros(dim), shift.copy()
            mean[axis] = m
            end[axis] = n
            mu = (1 - t) * mean + t * end
            weights.append(-((x - mu) ** 2).sum(1) / (2 * c))
            fields.append(end - mean + gain * (x - mu))
    w = np.exp(np.array(weights) - np.max(weights, 0))
    w /= w.sum(0)
    return (w[:, :, None] * np.array(fields)).sum(0)


def flow(x0: np.ndarray, steps: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Heun from ``x0``: times (33,), z (33, n, d)."""
    z, kept, h = x0.astype(float), [x0], 1.0 / steps
    for k in range(steps):
        a = velocity(z, k * h, x0.shape[1])
        b = velocity(z + h * a, (k + 1) * h, x0.shape[1])
        z = z + h * (a + b) / 2
        if k % 2:
            kept.append(z)
    return np.linspace(0, 1, len(kept), dtype=np.float32), np.array(kept, np.float32)


def meetings(x0: np.ndarray, x1: np.ndarray, most: int = 150) -> np.ndarray:
    """Page crossings (k, 2) of the first ``most`` lines; in 1-D the lines run from t = 0 to t = 1."""
    if x0.shape[1] == 1:
        ones = np.ones_like(x0)
        x0, x1 = np.hstack([0 * ones, x0]), np.hstack([ones, x1])
    a, d = x0[:most, :2].astype(float), (x1 - x0)[:most, :2].astype(float)
    i, j = np.triu_indices(len(a), 1)
    cross = d[i, 0] * d[j, 1] - d[i, 1] * d[j, 0]
    gap = a[j] - a[i]
    with np.errstate(divide="ignore", invalid="ignore"):
        s = (gap[:, 0] * d[j, 1] - gap[:, 1] * d[j, 0]) / cross
        u = (gap[:, 0] * d[i, 1] - gap[:, 1] * d[i, 0]) / cross
    hit = (s > 0) & (s < 1) & (u > 0) & (u < 1)
    return (a[i[hit]] + s[hit, None] * d[i[hit]]).astype(np.float32)


def figures(number: int, before: float, after: float, S: float, V: float) -> dict[str, Estimate]:
    return {
        "loss": Estimate(V + 0.4, 0.05, 4096),
        "crossing": Estimate(V, 0.12, 4096),
        "fit_gap": Estimate(0.4, 0.03, 4096),
        "straightness": Estimate(S, 0.02 * S, 4096),
        "pair_cost": Estimate(before, 1.5, 4096),
        "transport_cost": Estimate(after, 0.9, 4096),
        "relative_transport_cost": Estimate(0.021, 0.004, 4096),
        "curvature": Estimate(412.0 / number**3, None, 4096),
        "curvature_p95": Estimate(203.0 / number**3, None, 4096),
        "fit_w2": Estimate(0.31, 0.01, 4096),
        "fit_w2_floor": Estimate(0.29, 0.01, 4096),
    }


def snapshot(dim: int = 2, n: int = 1000, rounds: int = 3, training: bool = True, seed: int = 0) -> Snapshot:
    """Rounds 0 .. ``rounds``; the last one in training if ``training``."""
    rng = np.random.default_rng(seed)
    axis = dim - 1 if dim < 3 else 1

    def cloud(at: float) -> np.ndarray:
        points = STD * rng.standard_normal((n, dim))
        points[:, axis] += rng.choice(MODES, n)
        points[:, 0] += at if dim > 1 else 0.0
        return points.astype(np.float32)

    source, target = cloud(0.0), cloud(15.0)
    x0, x1 = source, target
    ledger = [(343.0, 229.5, 99.6, 13.7), (229.5, 228.9, 0.31, 0.2), (228.9, 228.8, 0.02, 0.01)]
    first = {"pair_cost": Estimate(343.0, 1.5, 4096)}
    views = [RoundView(0, True, x0, x1, crossings=meetings(x0, x1), crossings_of=150, metrics=first)]
    for k in range(1, rounds + 1):
        working = training and k == rounds
        times, z = flow(x0)
        if k > 1:
            z = (x0 + times[:, None, None] * (x1 - x0)).astype(np.float32)
        V = ledger[k - 1][3]
        steps = np.arange(5, 5001, 5)[: 380 if working else None]
        losses = V + ledger[k - 1][0] * np.exp(-steps / 150) + 0.12 * (V + 0.1) * rng.standard_normal(len(steps)) ** 2
        views.append(
            RoundView(
                number=k,
                finished=not working,
                x0=x0,
                x1=x1,
                times=times,
                z=z,
                crossings=meetings(x0, x1),
                crossings_of=150,
                flow_crossings=0 if dim == 1 else None,
                velocity="MLP 3 x 128",
                losses=np.stack([steps, losses], -1),
                floor=Estimate(V, 0.12, 4096),
                metrics={} if working else figures(k, *ledger[k - 1]),
                ladders={}
                if working
                else {"euler_error": {2**i: Estimate(2.0 / (2**i * k**2), 0.02 / 2**i, 4096) for i in range(7)}},
            )
        )
        x1 = z[-1]
    return Snapshot(
        spec=Experiment(dim=dim, rounds=rounds, source=Gaussian(), target=Gaussian()),
        request=1,
        phase="training" if training else "done",
        made=1.0,
        source=source,
        target=target,
        rounds=tuple(views),
        step=1900 if training else 0,
        steps=5000,
        rate=281.0,
    )


def empty(dim: int = 2) -> Snapshot:
    """Before anything is known."""
    return Snapshot(Experiment(dim=dim, source=Gaussian(), target=Gaussian()), 0, "starting", 0.0)
