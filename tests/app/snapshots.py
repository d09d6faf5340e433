"""Hand-made Snapshots: the two-mode scene solved with its closed form, in numpy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from app.scene.known import CROSSINGS, FLOOR, FLOW, PAIRS
from engine.distributions.gaussian import Gaussian
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.paths.straight import Straight
from engine.probe import Probe
from engine.probes.page_crossings import Crossed
from engine.probes.pairs import Ends
from engine.probes.trajectories import Traced
from engine.snapshot import Answer, RoundView, Snapshot
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


def seen(
    view: RoundView,
    x0: np.ndarray,
    x1: np.ndarray,
    times: np.ndarray | None = None,
    z: np.ndarray | None = None,
    floor: Estimate | None = None,
) -> RoundView:
    """The view with the answers of the probes that the first views ask."""
    found = [Answer(PAIRS, Ends(x0, x1))]
    if x0.shape[1] < 3:
        found.append(Answer(CROSSINGS, Crossed(meetings(x0, x1), 150)))
    if z is not None:
        found.append(Answer(FLOW, Traced(times, z, 0 if x0.shape[1] == 1 else None)))
    if floor is not None:
        found.append(Answer(FLOOR, floor))
    return replace(view, answers=tuple(found))


def answering(view: RoundView, probe: Probe, value: Any) -> RoundView:
    """The view with another answer to this probe."""
    others = tuple(answer for answer in view.answers if answer.probe != probe)
    return replace(view, answers=(*others, Answer(probe, value)))


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
    views = [seen(RoundView(0, Straight(), figures=Figures(first)), x0, x1)]
    for k in range(1, rounds + 1):
        working = training and k == rounds
        times, z = flow(x0)
        if k > 1:
            z = (x0 + times[:, None, None] * (x1 - x0)).astype(np.float32)
        V = ledger[k - 1][3]
        steps = np.arange(5, 5001, 5)[: 380 if working else None]
        losses = V + ledger[k - 1][0] * np.exp(-steps / 150) + 0.12 * (V + 0.1) * rng.standard_normal(len(steps)) ** 2
        euler = {2**i: Estimate(2.0 / (2**i * k**2), 0.02 / 2**i, 4096) for i in range(7)}
        view = RoundView(
            k,
            Straight(),
            name=str(k),
            parent=k - 1,
            finished=not working,
            velocity="MLP 3 x 128",
            losses=np.stack([steps, losses], -1),
            figures=Figures() if working else Figures(figures(k, *ledger[k - 1]), {"euler_error": euler}),
        )
        views.append(seen(view, x0, x1, times, z, Estimate(V, 0.12, 4096)))
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
