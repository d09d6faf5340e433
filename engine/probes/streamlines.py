"""Streamlines: curves along v(., t) at one frozen t."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from engine.fields.field import Field, evaluate
from engine.motion.stopping import Stop, never
from engine.parts import knob
from engine.probe import Probe, Subject
from engine.probes.field_map import LOOKED, box_of, places_of
from engine.registry import part

SEEDS = 300  # X_t that lines are tried from
STEPS = 40  # to either side
STEP = 1 / 150  # of the box's diagonal
APART = {2: 1 / 64, 3: 1 / 18}  # of the same: between two lines
REACH = {2: 3.0, 3: 2.0}  # the same lengths: a line ends that far from all X_t
SHORT = 6  # points: what is shorter is left out


@dataclass(frozen=True, eq=False)
class Streams:
    """``lines`` (n, m, d) float32, from their upstream end on, NaN beyond their ends; ``middle`` (n,) the row of each
    that it was drawn from."""

    t: float
    lines: np.ndarray
    middle: int


@part
class Streamlines(Probe, frozen=True, tag="streamlines"):
    """dx/ds = v(x, t) / |v(x, t)| from X_t of the pairs, in both directions, evenly apart."""

    about = "Curves along the velocity field at one t, which particles follow only where the field stands still."

    t: Annotated[float, knob("t", 0.0, 1.0, tip="The time.")] = 0.5

    def applies(self, subject: Subject) -> bool:
        return subject.v is not None and not subject.problem.one_step and subject.problem.dim > 1

    def answer(self, subject: Subject, stop: Stop = never) -> Iterator[Streams | None]:
        from scipy.spatial import cKDTree

        problem = subject.problem
        low, high = box_of(problem)
        diagonal = float(np.linalg.norm(high - low))
        xt = places_of(problem, self.t)
        seeds, mass = xt[:SEEDS], cKDTree(xt[:LOOKED])
        apart = APART[problem.dim] * diagonal
        ways = []
        for sign in (-1.0, 1.0):
            x, way = seeds, []
            for _ in range(STEPS):
                x = _stepped(subject.v, x, self.t, sign * STEP * diagonal)
                away = mass.query(np.nan_to_num(x))[0] > REACH[problem.dim] * apart
                x = np.where(away[:, None], np.nan, x)
                way.append(x)
                yield None
            ways.append(np.array(way))
        whole = np.concatenate([ways[0][::-1], seeds[None], ways[1]]).swapaxes(0, 1)
        yield Streams(self.t, spaced(whole, STEPS, apart).astype(np.float32), STEPS)


def _stepped(v: Field, x: np.ndarray, t: float, by: float) -> np.ndarray:
    """One midpoint step along the direction of v; NaN stays NaN."""
    there = np.isfinite(x).all(1)
    made = np.full(x.shape, np.nan)
    if there.any():
        start = x[there]
        half = start + by / 2 * _direction(v, start, t)
        made[there] = start + by * _direction(v, half, t)
    return made


def _direction(v: Field, x: np.ndarray, t: float) -> np.ndarray:
    found = evaluate(v, x, t)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.divide(found, length, out=np.zeros_like(found), where=length > 1e-12)


def spaced(lines: np.ndarray, middle: int, apart: float) -> np.ndarray:
    """Those of ``lines`` (n, m, d) that keep ``apart`` from each other: each one is followed from its ``middle`` to
    where it would come into a cell that another one passes, and left out where little remains of it."""
    with np.errstate(invalid="ignore"):
        cells = np.floor(lines / apart)
    taken: dict[tuple[float, ...], int] = {}
    kept = []
    for k, (line, cell) in enumerate(zip(lines, cells.tolist(), strict=True)):
        made = np.full_like(line, np.nan)
        mine: list[tuple[float, ...]] = []
        for way in (range(middle, len(line)), range(middle - 1, -1, -1)):
            for row in way:
                at = tuple(cell[row])
                if not np.isfinite(line[row, 0]) or taken.get(at, k) != k:
                    break
                mine.append(at)
                made[row] = line[row]
        if np.isfinite(made[:, 0]).sum() >= SHORT:
            taken.update(dict.fromkeys(mine, k))
            kept.append(made)
    return np.array(kept) if kept else np.zeros((0, *lines.shape[1:]))
