"""How fast v gets towards t = 1: at fixed places, and where the particles are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.fields.field import evaluate
from engine.motion.stopping import Stop, never
from engine.probe import Probe, Subject
from engine.probes.field_map import box_of, places_of
from engine.registry import part

PRESSURES = np.logspace(0.0, 3.0, 37)  # 1/(1 - t)
PLACES = 512


@dataclass(frozen=True, eq=False)
class Grown:
    """At ``times`` (k,): the mean and the largest speed |v| over fixed places of the box, ``mean`` and ``most``, and
    the mean over X_t, ``riding``, (k,) each.

    ``away``: (mean, largest) distance c of the places to the nearest of finitely many target points; else None.
    There v* -> (nearest - x) / (1 - t), so the speeds grow like c / (1 - t); at X_t they do not.
    """

    times: np.ndarray
    mean: np.ndarray
    most: np.ndarray
    riding: np.ndarray
    away: tuple[float, float] | None


@part
class Speeds(Probe, frozen=True, tag="speeds"):
    """|v| over t, at places that stay and at X_t."""

    about = "The speed of v towards t = 1: v* of finite data grows like 1/(1 - t) off the data, and a net does not."

    def applies(self, subject: Subject) -> bool:
        return subject.v is not None and not subject.problem.one_step

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Grown | None]:
        problem = subject.problem
        low, high = box_of(problem)
        places = low + _even(PLACES, problem.dim) * (high - low)
        points = problem.target.points(problem.dim)
        away = None
        if points is not None:
            from scipy.spatial import cKDTree

            far = cKDTree(points).query(places)[0]
            away = float(far.mean()), float(far.max())
        times, found = 1 - 1 / PRESSURES, []
        for t in times.tolist():
            still, riding = (
                np.linalg.norm(evaluate(subject.v, x, t), axis=1) for x in (places, places_of(problem, t)[:PLACES])
            )
            found.append((still.mean(), still.max(), riding.mean()))
            yield None
        mean, most, ride = np.array(found).T
        yield Grown(times, mean, most, ride, away)


def _even(n: int, dim: int) -> np.ndarray:
    """Places (n, dim) all over the unit cube, k a modulo 1 with the powers a of 1/g, where g^(dim + 1) = g + 1: no sum
    of few of them is whole. To import scipy's Sobol points would take two thirds of a second."""
    g = 2.0
    for _ in range(60):
        g = (1 + g) ** (1 / (dim + 1))
    return (0.5 + np.outer(np.arange(n), g ** -np.arange(1.0, dim + 1))) % 1.0
