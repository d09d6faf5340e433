"""How the flow came to be: the trajectories, S and the loss of each key frame of a training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from engine.fields.field import evaluate
from engine.motion.flow import ACCURATE, flow
from engine.motion.stopping import Stop, never
from engine.parts import Problem, knob
from engine.probe import MOST_FRAMES as MOST
from engine.probe import Frame, Probe, Subject
from engine.registry import part

HANDFUL = 7  # key frames that are looked at before all others
KEPT = 33  # times of a trajectory
DRAWN = 150  # trajectories that are kept of those behind S
STRATA = 16  # of t, behind the loss


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame: ``z`` (m, n, d) float32 at ``times`` (m,); ``S`` and the ``loss``, each with its standard error."""

    times: np.ndarray
    z: np.ndarray
    S: tuple[float, float]
    loss: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Replayed:
    """The frames at ``steps``, rising."""

    steps: tuple[int, ...]
    frames: tuple[Seen, ...]

    def curve(self, of: str) -> tuple[np.ndarray, np.ndarray]:
        """Values and standard errors (k,) of ``S`` or of the ``loss``."""
        found = np.array([getattr(frame, of) for frame in self.frames], float).reshape(-1, 2)
        return found[:, 0], found[:, 1]


@part
class Replay(Probe, frozen=True, tag="replay"):
    """Each key frame is looked at once: what is found stays with it, for those who ask for more or fewer of them."""

    about = "Trajectories, S and the loss of the velocity as it was at log-spaced steps of its training."
    by_frames = True

    count: Annotated[int, knob("particles", 2, 4096, log=True, tip="Starts behind S, and pairs behind the loss.")] = 256

    frames: Annotated[int, knob("key frames", 2, MOST, tip="How many are looked at, spread over all there are.")] = MOST

    @property
    def patient(self) -> bool:
        return self.frames > HANDFUL

    def applies(self, subject: Subject) -> bool:
        return bool(subject.frames) and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Replayed | None]:
        made, key = [], (self.kind, self.count)
        chosen = np.unique(np.linspace(0, len(subject.frames) - 1, self.frames).round().astype(int))
        frames = [subject.frames[k] for k in chosen.tolist()]
        for frame in frames:
            if key not in frame.known:
                for found in seen(frame, subject.problem, self.count, stop):
                    yield None
                    if found is not None:
                        frame.known[key] = found
            made.append(frame.known[key])
        yield Replayed(tuple(frame.step for frame in frames), tuple(made))


def seen(frame: Frame, problem: Problem, count: int, stop: Stop = never) -> Iterator[Seen | None]:
    """The frame's flow from the first ``count`` starts, S = ∫ E|(Z1 − Z0) − v(Z_t, t)|² dt of it, and its loss on the
    first pairs: in slices, the last of them the answer. Raises Stopped."""
    x0, x1 = (x[:count].astype(float) for x in (problem.x0, problem.x1))
    solver: Any = None
    for chosen in ACCURATE.settle(frame.v, x0):
        solver = chosen
        yield None
    found = flow(frame.v, x0, stop, solver)
    yield None
    bent = found.integral(((found.z[-1] - found.z[0] - found.v) ** 2).sum(-1))
    few = np.unique(np.linspace(0, len(found.times) - 1, KEPT).round().astype(int))
    z = found.z[few, :DRAWN].astype(np.float32)
    yield Seen(found.times[few], z, _mean(bent), _mean(_squares(frame, problem, x0, x1)))


def _squares(frame: Frame, problem: Problem, x0: np.ndarray, x1: np.ndarray) -> np.ndarray:
    """|dX - v(X_t, t)|² of each pair, averaged over the middles of equal parts of [0, 1], (n,)."""
    total, rng = np.zeros(len(x0)), np.random.default_rng(0)  # the same noise for all frames
    for t in ((np.arange(STRATA) + 0.5) / STRATA).tolist():
        xt, dxt = problem.path.at(x0, x1, t)
        if problem.path.noisy:
            xt, dxt = problem.path.disturb(xt, dxt, t, rng.standard_normal(x0.shape))
        total += ((dxt - evaluate(frame.v, xt, t)) ** 2).sum(1)
    return total / STRATA


def _mean(values: np.ndarray) -> tuple[float, float]:
    n = len(values)
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
