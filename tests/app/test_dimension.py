"""1-D, 2-D and back, for every kind."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from app.dimension import Dimensions, fit, recast, resize
from engine.codec import build, plain
from engine.laws.placement import Placement
from engine.laws.stroke import Stroke
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


FAMILIES = {
    "source": "distributions",
    "coupling": "couplings",
    "path": "paths",
    "velocity": "velocities",
    "solver": "solvers",
}
SECTIONS = [
    pytest.param(section, cls, id=f"{section}-{kind}")
    for section, family in FAMILIES.items()
    for kind, cls in kinds(family).items()
]
FILES = {1: "1\n3\n", 2: "1,2\n3,4\n", 3: "1,2,3\n3,4,5\n"}
PAIRS = {1: "1,2\n3,4\n", 2: "1,2,5,6\n3,4,7,8\n", 3: "1,2,3,5,6,7\n3,4,5,7,8,9\n"}


def chosen(section: str, cls: type, dim: int, folder) -> Experiment:
    """An experiment with this kind in this section, its file or its vectors those of the dimension."""
    part = cls()
    if any(knob.editor == "path" for knob in knobs(cls)):
        path = folder / f"points{dim}.csv"
        path.write_text((PAIRS if section == "coupling" else FILES)[dim])
        if cls.__struct_config__.tag == "image":
            path = folder / "picture.png"
            path.write_bytes(PICTURE)
        part = cls(path=str(path))
    part = fit(part, dim)
    law = DISTRIBUTIONS["gaussian"](mean=(1.0, 2.0, 3.0)[:dim])
    return Experiment(**{"dim": dim, "source": law, "target": law, section: part})


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000200000002080000000057dd52f80000000e49444154789c63606060f8ff1f000301"
)


@pytest.mark.parametrize("way", [(2, 1, 2), (2, 3, 2), (1, 2, 1), (3, 1, 3), (3, 1, 2, 3), (2, 1, 3, 1, 2)])
@pytest.mark.parametrize(("section", "cls"), SECTIONS)
def test_back_is_what_was_there(section, cls, way, tmp_path) -> None:
    """Every part of every family, files among them; and what had to stand in for it is said."""
    begun = chosen(section, cls, way[0], tmp_path)
    if type(getattr(begun, section)) is not cls:
        pytest.skip("not in this dimension")
    begun.check()
    dimensions, experiment = Dimensions(), begun
    for dim in way[1:]:
        experiment = dimensions.resize(experiment, dim).check()
        now, told = getattr(experiment, section), dimensions.stands_in(experiment)
        assert type(now) is type(getattr(begun, section)) or f"the {section} is " in told
        assert f"{way[0]}-D brings" in told if told else dim == way[-1] or type(now) is cls
    assert experiment == begun


def test_an_edit_elsewhere_stays_and_so_does_the_file(tmp_path) -> None:
    file = DISTRIBUTIONS["file"]
    begun = chosen("source", file, 2, tmp_path)
    dimensions = Dimensions()
    line = dimensions.resize(begun, 1)
    edited = msgspec.structs.replace(line, target=fit(DISTRIBUTIONS["two modes"](), 1))
    back = dimensions.resize(edited, 2).check()
    assert back.source == begun.source and back.target.kind == "two modes"


def test_a_file_that_has_gone_is_not_brought_back(tmp_path) -> None:
    begun = chosen("source", DISTRIBUTIONS["file"], 2, tmp_path)
    dimensions = Dimensions()
    line = dimensions.resize(begun, 1)
    (tmp_path / "points2.csv").unlink()
    back = dimensions.resize(line, 2).check()
    assert back.source.kind == "gaussian" and "the source is gaussian" in dimensions.stands_in(back)


def test_another_experiment_is_not_mixed_up_with_what_was_there(tmp_path) -> None:
    begun = chosen("source", DISTRIBUTIONS["file"], 2, tmp_path)
    dimensions = Dimensions()
    dimensions.resize(begun, 1)
    law = DISTRIBUTIONS["two modes"]()
    other = Experiment(dim=1, source=fit(law, 1), target=fit(law, 1))
    assert dimensions.resize(other, 2).source.kind == "two modes"


def test_a_file_of_another_dimension_is_embedded_or_projected(tmp_path) -> None:
    """Its own points, in fewer coordinates or with zeros; placed elsewhere too, and moved; a sentence says it."""
    begun = chosen("source", DISTRIBUTIONS["file"], 2, tmp_path)
    rows = begun.source.points(2)
    dimensions = Dimensions()
    for dim, wanted in ((1, rows[:, :1]), (3, np.pad(rows, ((0, 0), (0, 1))))):
        there = dimensions.resize(begun, dim).check()
        assert there.source.law == begun.source and np.array_equal(there.source.points(dim), wanted)
        told = dimensions.stands_in(there)
        assert (
            told.startswith(f"In {dim}-D the source is ")
            and "the one of 2-D (file)" in told
            and "2-D brings it back" in told
        )
        assert build(plain(there)) == there and dimensions.resize(there, 2) == begun
        by = Placement.about(np.zeros(dim), 2.0)
        assert np.allclose(np.sort(there.source.moved(by, dim).points(dim), 0), np.sort(2 * wanted, 0))
    turned = DISTRIBUTIONS["placed"](begun.source, (1.0, 2.0), 3.0, 90.0)
    begun = msgspec.structs.replace(begun, source=turned)
    there = Dimensions().resize(begun, 3).check()
    assert np.allclose(there.source.points(3)[:, :2], turned.points(2)) and not there.source.points(3)[:, 2].any()


def test_a_drawing_says_where_it_comes_from() -> None:
    line = Stroke("line", ((0.0, 0.0), (1.0, 2.0)))
    drawn = DISTRIBUTIONS["drawn"](dots=(), strokes=(line,))
    begun = Experiment(dim=2, source=drawn, target=drawn)
    dimensions = Dimensions()
    there = dimensions.resize(begun, 1)
    assert there.source == drawn and dimensions.resize(there, 2) == begun
    told = dimensions.stands_in(there)
    assert "In 1-D the source is the first coordinate of the one of 2-D (drawn); 2-D brings it back." in told
    assert not dimensions.stands_in(begun)
    law = DISTRIBUTIONS["gaussian"]()
    plain_ends = Experiment(dim=2, source=law, target=law)
    assert not dimensions.stands_in(dimensions.resize(plain_ends, 3)), "nothing has been cut, nothing is said"
