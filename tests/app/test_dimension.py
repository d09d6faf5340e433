"""1-D, 2-D and back, for every kind."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from app.dimension import fit, recast, resize
from engine.registry import kinds, knobs
from engine.spec import Experiment

DISTRIBUTIONS = kinds("distributions")


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
@pytest.mark.parametrize("dims", [(2, 1), (1, 2), (2, 1, 2), (2, 3), (3, 1), (3, 2)])
def test_every_distribution_goes_to_every_dimension(kind, dims) -> None:
    part = fit(DISTRIBUTIONS[kind](), dims[0])
    experiment = Experiment(dim=dims[0], source=part, target=part).check()
    for dim in dims[1:]:
        experiment = resize(experiment, dim).check()
        assert experiment.dim == dim
        assert experiment.source.sample(5, dim, np.random.default_rng(0)).shape == (5, dim)
    if isinstance(part, DISTRIBUTIONS[kind]) and not any(k.editor == "path" for k in knobs(type(part))):
        assert experiment.source.kind == kind


def test_vectors_are_cut_and_filled() -> None:
    gaussian = DISTRIBUTIONS["gaussian"]
    assert fit(gaussian(mean=(1.0, 2.0)), 1).mean == (1.0,)
    assert fit(gaussian(mean=(1.0,)), 2).mean == (1.0, 0.0)
    assert fit(gaussian(mean=3.0), 1).mean == 3.0


def test_weights_are_no_vector() -> None:
    mixture = DISTRIBUTIONS["mixture"]()
    new = fit(mixture, 1)
    for knob in knobs(type(mixture)):
        value = getattr(mixture, knob.name)
        if isinstance(value, tuple) and value and not isinstance(value[0], tuple):
            assert getattr(new, knob.name) == value


def test_drawn_points_come_back() -> None:
    drawn = DISTRIBUTIONS["drawn"]
    name = next(knob.name for knob in knobs(drawn) if knob.editor == "points")
    part = msgspec.structs.replace(drawn(), **{name: ((0.0, 1.0), (2.0, 3.0))})
    for dim in (1, 2, 3):
        fit(part, dim).check(dim)
    assert fit(fit(part, 1), 2).sample(3, 2, np.random.default_rng(0)).shape == (3, 2)


def test_another_solver_keeps_its_steps() -> None:
    solvers = kinds("solvers")
    old = solvers["euler"](steps=7)
    for cls in solvers.values():
        new = recast(old, cls, 2)
        assert isinstance(new, cls)
    assert recast(old, solvers["heun"], 2).steps == 7


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_every_kind_can_be_picked(kind, dim) -> None:
    part = recast(DISTRIBUTIONS["gaussian"](), DISTRIBUTIONS[kind], dim)
    part.check(dim)
