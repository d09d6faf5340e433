"""What can be known of a net while it trains: a few of the figures, from few particles, each with its error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from engine.evidence.estimates import rooted
from engine.evidence.evidence import mean
from engine.evidence.figures import Figures
from engine.fields.field import evaluate, leave
from engine.metrics.loss_by_t import TIMES as LOSS_TIMES
from engine.motion.stopping import Stop, never
from engine.parts import knob
from engine.probe import Probe, Subject
from engine.registry import part
from engine.solvers.euler import Euler
from engine.solvers.rk4 import RK4

TIMES = np.arange(33) / 32  # of RK4: its error is far below that of so few particles
SIMPSON = np.array([1.0, *(4.0, 2.0) * 15, 4.0, 1.0])[:, None] / 96  # over those times


@part
class Provisional(Probe, frozen=True, tag="provisional"):
    """S, E|Z1 - Z0|², the Euler error by N and the loss, as Figures of the kinds that the metrics have.

    The formulas are those of the metrics. The particles are the starts of the first pairs, which are independent; RK4
    in 32 equal steps stands for the accurate solver.
    """

    about = "Straightness, cost, Euler error and loss of the net in training, from few particles."
    everywhere = True
    pause = 3.0

    count: Annotated[int, knob("particles", 2, 4096, log=True, tip="How many.")] = 256
    steps: Annotated[tuple[int, ...], knob("steps N", 1, 256, tip="Numbers of Euler steps.")] = (1, 2, 3, 4, 5, 8, 16)

    def applies(self, subject: Subject) -> bool:
        """Of a net that learns a flow: a closed form is no part of the training, and a finished one is measured."""
        v = subject.v
        return v is not None and not (subject.finished or v.closed or subject.problem.one_step)

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Figures | None]:
        problem, v = subject.problem, subject.v
        start, states = v.enter(problem.x0[: self.count]), []
        for _, x in RK4().along(TIMES, v, start):
            states.append(leave(x).astype(np.float64))
            yield None
        z = np.stack(states)
        whole, bent = z[-1] - z[0], np.zeros(z.shape[1])
        for t, x, weight in zip(TIMES, z, SIMPSON, strict=True):
            bent += weight * ((whole - evaluate(v, x, t)) ** 2).sum(-1)
            yield None
        by_n = {}
        for n in self.steps:
            end = start
            for _, x in Euler(steps=n).march(v, start):
                end = x
                yield None
            by_n[float(n)] = rooted(mean(((leave(end).astype(np.float64) - z[-1]) ** 2).sum(1)))
        squares = []
        for t in (*TIMES, *LOSS_TIMES):
            squares.append(self._loss(subject, float(t)))
            yield None
        loss = (SIMPSON * squares[: len(TIMES)]).sum(0)
        by_t = {t: mean(square) for t, square in zip(LOSS_TIMES, squares[len(TIMES) :], strict=True)}
        single = {
            "loss": mean(loss),
            "straightness": mean(bent),
            "transport_cost": mean((whole**2).sum(-1)),
            "pair_cost": mean(((problem.x1 - problem.x0) ** 2).sum(1)),
        }
        yield Figures(single, {"euler_error": by_n, "loss_by_t": by_t})

    def _loss(self, subject: Subject, t: float) -> np.ndarray:
        """|dX - v(X_t, t)|² of the first pairs, (n,), with one draw of the path's noise, where it has one, at all t."""
        x0, x1 = (x[: self.count] for x in (subject.problem.x0, subject.problem.x1))
        path = subject.problem.path
        xt, dxt = path.at(x0, x1, t)
        if path.noisy:
            noise = np.random.default_rng([subject.seed, 4]).standard_normal(x0.shape)
            xt, dxt = path.disturb(xt, dxt, t, noise)
        return ((dxt - evaluate(subject.v, xt, t)) ** 2).sum(1)
