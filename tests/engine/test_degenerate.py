"""Degenerate laws: every figure, probe and velocity gives finite numbers, or says in a plain sentence why it cannot."""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

import engine.motion.accurate
from engine.couplings.independent import Independent
from engine.distributions.drawn import Drawn
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture
from engine.distributions.ring import Ring
from engine.distributions.single_point import SinglePoint
from engine.distributions.two_modes import TwoModes
from engine.distributions.two_moons import TwoMoons
from engine.distributions.uniform_box import UniformBox
from engine.evidence.estimate import Estimate
from engine.lab import Lab
from engine.parts import Distribution
from engine.registry import kinds
from engine.report import snapshot
from engine.spec import Experiment, Measure, Training

DOTS = tuple((float(k % 7), float(k % 3), 1.0) for k in range(20))
EQUAL = Drawn(dots=((1.0, 2.0, 3.0),) * 20, jitter=0.0)
FAR = Drawn(dots=(*DOTS, (1e6, 1e6, 1e6)), jitter=0.0)
LINE = {2: (1.0, 1.0, 1.0, 1.0), 3: (1.0,) * 9}
Ends = tuple[Distribution, Distribution, int]
SCENES: dict[str, Any] = {
    "flat source": lambda dim: (Gaussian(std=0.0), Gaussian(), 40),
    "flat axis": lambda dim: (Gaussian(std=(1.0, 0.0, 0.0)[:dim] if dim > 1 else 1.0), Gaussian(), 40),
    "flat ends": lambda dim: (Gaussian(std=0.0), Gaussian(std=0.0), 40),
    "flat target": lambda dim: (Gaussian(), Gaussian(std=0.0), 40),
    "correlation 1 to a gaussian": lambda dim: (Gaussian(correlation=1.0), Gaussian(), 40),
    "correlation -1 to data": lambda dim: (Gaussian(correlation=-1.0 if dim == 2 else 1.0), UniformBox(), 40),
    "correlation 1 to moons": lambda dim: (Gaussian(correlation=1.0), TwoMoons() if dim == 2 else Ring(), 40),
    "flat mixture": lambda dim: (
        GaussianMixture(means=((0.0,) * dim,), stds=(1.0,), weights=(1.0,), covariances=(LINE[dim],))
        if dim > 1
        else GaussianMixture(means=((0.0,), (1.0,)), stds=(0.0, 0.0), weights=(0.5, 0.5)),
        UniformBox(),
        40,
    ),
    "one point onto another": lambda dim: (SinglePoint(at=1.0), SinglePoint(at=-2.0), 40),
    "a point onto itself": lambda dim: (SinglePoint(at=1.0), SinglePoint(at=1.0), 40),
    "a point apart": lambda dim: (SinglePoint(at=1.0), TwoModes(), 40),
    "onto a point": lambda dim: (Gaussian(), SinglePoint(at=1.0), 40),
    "equal points": lambda dim: (EQUAL, EQUAL, 40),
    "onto equal points": lambda dim: (Gaussian(), EQUAL, 40),
    "dots to dots": lambda dim: (Drawn(dots=DOTS, jitter=0.0), FAR, 40),
    "an outlier": lambda dim: (Gaussian(), FAR, 40),
    "a source with an outlier": lambda dim: (FAR, Gaussian(), 40),
    "two pairs": lambda dim: (Gaussian(), TwoModes(), 2),
    "three pairs": lambda dim: (UniformBox(), Gaussian(), 3),
    "ten pairs": lambda dim: (Gaussian(), UniformBox(), 10),
}
VELOCITIES = {
    kind: msgspec.structs.replace(
        cls(), **{k: v for k, v in {"width": 8, "depth": 1, "features": 16}.items() if k in cls.__struct_fields__}
    )
    for kind, cls in kinds("velocities").items()
}
PROBES = tuple(
    msgspec.structs.replace(
        cls(), **{k: v for k, v in {"particles": 256, "cells": 8}.items() if k in cls.__struct_fields__}
    )
    for cls in kinds("probes").values()
)
CODE = re.compile(r"Error|Warning|Exception|nan\b|\binf\b|_|\[|array")  # no words for people


def asked(scene: str, dim: int, velocity: str) -> Experiment:
    source, target, pairs = SCENES[scene](dim)
    return Experiment(
        dim=dim,
        rounds=2,
        source=source,
        target=target,
        coupling=Independent(pairs=pairs),
        velocity=VELOCITIES[velocity],
        training=Training(steps=20, batch=16),
        measure=Measure(samples=64),
    )


def finite(answer: Any) -> Iterator[str]:
    """Names of what is not finite in a probe's answer; NaN may stand where its type says what it means there."""
    unknown = "NaN" in (type(answer).__doc__ or "")
    for field in dataclasses.fields(answer):
        value = getattr(answer, field.name)
        numbers = np.asarray(value if isinstance(value, float | np.ndarray) else 0)
        if numbers.dtype.kind == "f" and (np.isinf(numbers).any() or (np.isnan(numbers).any() and not unknown)):
            yield field.name


#: Every scene in every dimension, and every velocity in several scenes of each. REWIRE_ALL=1: all of them, ten minutes.
CASES = [
    (scene, dim, velocity)
    for k, scene in enumerate(SCENES)
    for dim in (1, 2, 3)
    for j, velocity in enumerate(VELOCITIES)
    if os.environ.get("REWIRE_ALL") or j == (k + 2 * dim + k // len(VELOCITIES)) % len(VELOCITIES)
]


@pytest.mark.parametrize(("scene", "dim", "velocity"), CASES)
def test_finite_or_a_plain_sentence(scene: str, dim: int, velocity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings are errors here, so that none of numpy's is passed over."""
    monkeypatch.setattr(engine.motion.accurate, "FINEST", 4)  # steps in a panel: sharp fields would take a minute
    monkeypatch.setattr(engine.motion.accurate, "LOOKS", 8)
    lab = Lab("cpu", matched=64, last_pairs=True)
    try:
        experiment = asked(scene, dim, velocity).check()
    except ValueError:
        pytest.skip("refused where it is typed")
    lab.adopt(experiment)
    lab.ask(PROBES, ("", *(node.name for node in experiment.nodes())))
    while lab.advance(1.0):
        pass
    while lab.look(5.0):
        pass
    given = snapshot(lab, 0)
    said = [given.message, lab.error]
    for view in given.rounds:
        said += [view.no_reference, view.remark, *view.figures.failed.values(), *view.beside.failed.values()]
        for figures in (view.figures, view.beside):
            found: dict[str, Estimate] = dict(figures.single)
            found |= {f"{kind} {x}": e for kind, rungs in figures.ladders.items() for x, e in rungs.items()}
            for kind, e in found.items():
                assert math.isfinite(e.value) and (e.error is None or math.isfinite(e.error)), (view.number, kind, e)
        for answer in view.answers:
            said.append(answer.trouble)
            assert answer.value is None or not list(finite(answer.value)), (view.number, answer.probe.kind)
    for sentence in filter(None, said):
        assert not CODE.search(sentence), sentence
    assert given.rounds or lab.error
    for view in given.rounds[1:]:
        assert {answer.probe.kind for answer in view.answers} >= {"pairs", "trajectories"}
        assert len(view.figures.single) > 10
