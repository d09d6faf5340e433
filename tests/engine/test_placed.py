"""A law that is moved: exactly the law of moved points, by its own knobs where they can say it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from engine.codec import build, parse, to_toml
from engine.distributions.file import File
from engine.distributions.gaussian import Gaussian
from engine.distributions.image import Image as Picture
from engine.distributions.placed import Placed, moved
from engine.distributions.two_modes import TwoModes
from engine.distributions.two_moons import TwoMoons
from engine.fields.closed import reference
from engine.laws.placement import Placement, angle_of, rotation
from engine.parts import Distribution, Wrong
from engine.preview import coupled, draw_pairs
from engine.provenance import data
from engine.registry import check_ranges, kinds
from engine.written import moved as elsewhere

KINDS = kinds("distributions")
ANGLES = {1: 0.0, 2: 35.0, 3: (20.0, -40.0, 65.0)}


@pytest.fixture(params=[(kind, dim) for kind in KINDS for dim in (1, 2, 3)], ids=lambda p: f"{p[0]}-{p[1]}")
def law(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Distribution, int]:
    kind, dim = request.param
    if kind == "file":
        np.save(tmp_path / "cloud.npy", np.random.default_rng(1).standard_normal((50, dim)))
        return File(path=str(tmp_path / "cloud.npy")), dim
    if kind == "image":
        Image.linear_gradient("L").save(tmp_path / "grey.png")
        return Picture(path=str(tmp_path / "grey.png")), dim
    return KINDS[kind](), dim


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def moves(dim: int) -> dict[str, Placement]:
    axis = np.eye(dim)[0]
    return {
        "along the first axis": Placement(2.5 * axis, 1.0, np.eye(dim)),
        "along all": Placement(np.arange(1.0, dim + 1), 1.0, np.eye(dim)),
        "scaled": Placement.of(dim, scale=1.7),
        "turned": Placement.of(dim, angle=ANGLES[dim]),
        "all": Placement.of(dim, tuple(np.arange(1.0, dim + 1)), 0.6, ANGLES[dim]),
        "stretched": Placement.of(dim, stretch=tuple(np.arange(1.5, dim + 1.5))),
        "stretched and all": Placement.of(dim, 1.0, 0.6, ANGLES[dim], tuple(np.arange(1.5, dim + 1.5))),
    }


@pytest.mark.parametrize("how", moves(1))
def test_every_law_moves_exactly(law: tuple[Distribution, int], how: str) -> None:
    """The sample of the moved law is the moved sample, or as likely: a turned Gaussian draws along other axes."""
    part, dim = law
    by = moves(dim)[how]
    made = moved(part, by, dim)
    check_ranges(made)
    made.check(dim)
    n = 4000
    x, wanted = made.sample(n, dim, rng()), by.at(part.sample(n, dim, rng()))
    if not np.allclose(x, wanted, atol=1e-9):
        assert by.turned and part.kind in ("gaussian", "mixture", "drawn", "placed")
        spread = float(np.cov(wanted.T).reshape(dim, dim).trace()) ** 0.5
        assert np.allclose(x.mean(0), wanted.mean(0), atol=5 * spread / n**0.5)
    before, after = part.mixture(dim), made.mixture(dim)
    assert (before is None) == (after is None)
    if before is not None:
        assert np.allclose(after.means, by.at(before.means), atol=1e-12)
        covs = by.linear @ before.covariances @ by.linear.T
        assert np.allclose(after.covariances, covs, atol=1e-12)
        assert np.allclose(after.weights, before.weights)
    if (points := part.points(dim)) is not None:
        assert np.allclose(made.points(dim), by.at(points), atol=1e-12)
    assert made.partition(dim) == part.partition(dim)
    drawn, label = made.classed(n, dim, rng())
    assert (label is None) == (part.classed(4, dim, rng())[1] is None)
    if label is not None and (told := part.labels(by.back(drawn), dim)) is not None:
        assert np.mean(made.labels(drawn, dim) == told) > 0.999  # ties aside


def test_a_law_that_says_its_lengths_scales_by_them(law: tuple[Distribution, int]) -> None:
    """The declaration: with all of them scaled, every point is; and a centre shifts."""
    part, dim = law
    if part.shifts:
        there = part.moved(Placement.of(dim, tuple(np.arange(1.0, dim + 1))), dim)
        assert type(there) is type(part)
    if not part.lengths:
        return
    made = part.moved(Placement.of(dim, scale=2.0), dim)
    assert type(made) is type(part)
    assert np.allclose(made.sample(500, dim, rng()), 2.0 * part.sample(500, dim, rng()), atol=1e-12)


def test_knobs_say_what_they_can() -> None:
    up = Placement.of(2, (0.0, 1.0))
    along = Placement.of(2, (3.0, 0.0), 2.0)
    assert moved(TwoModes(separation=4.0), along, 2) == TwoModes(at=3.0, separation=8.0, std=1.0)
    assert moved(TwoModes(), up, 2) == Placed(TwoModes(), (0.0, 1.0))
    assert moved(TwoMoons(), Placement.of(2, scale=2.0), 2) == TwoMoons(radius=4.0, noise=0.2)
    assert moved(Gaussian(), Placement.of(2, (1.0, 2.0), 3.0, 77.0), 2) == Gaussian((1.0, 2.0), 3.0)
    tilted = moved(Gaussian(std=(2.0, 1.0)), Placement.of(2, angle=45.0), 2)
    assert np.allclose(tilted.std, np.sqrt(2.5)) and tilted.correlation == pytest.approx((0.6,))


def test_a_stretch_is_told_by_knobs_and_comes_back() -> None:
    wide = Placement.of(2, stretch=(2.0, 1.0))
    assert moved(Gaussian((1.0, 0.0)), wide, 2) == Gaussian((2.0, 0.0), (2.0, 1.0))
    made = moved(TwoMoons(), wide, 2)
    assert made == Placed(TwoMoons(), stretch=(2.0, 1.0))
    assert moved(made, Placement.of(2, stretch=(0.5, 1.0)), 2) == TwoMoons(), "the way back is the law"
    turned = moved(made, Placement.of(2, (1.0, 0.0), 3.0, 30.0), 2)
    assert (turned.stretch, turned.scale, turned.angle) == ((2.0, 1.0), 3.0, pytest.approx(30.0))
    with pytest.raises(Wrong, match="has been turned"):
        moved(turned, wide, 2)
    assert moved(Gaussian(std=(1.0, 2.0), correlation=0.5), wide, 2) == Gaussian(std=2.0, correlation=0.5)
    assert made.resized(3).stretch == (2.0, 1.0, 1.0) and made.resized(1).stretch == (2.0,)


def test_one_placement_is_enough_and_the_way_back_is_the_law() -> None:
    by, dim = Placement.of(2, (1.0, -2.0), 2.0, 30.0), 2
    twice = moved(moved(TwoMoons(), by, dim), by, dim)
    assert isinstance(twice, Placed) and twice.law == TwoMoons() and twice.angle == pytest.approx(60.0)
    assert np.allclose(twice.sample(50, dim, rng()), by.at(by.at(TwoMoons().sample(50, dim, rng()))))
    assert moved(Placed(TwoMoons(), (1.0, 0.0)), Placement.of(2, (-1.0, 0.0)), 2) == TwoMoons()


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_closed_form_is_that_of_the_moved_scene(dim: int) -> None:
    """Both ends moved alike: v'(s R x + b) = s R v(x), for straight lines of moved ends are moved lines."""
    ends = {"source": {"kind": "gaussian", "std": 0.7}, "target": {"kind": "two modes", "separation": 3.0, "at": 2.0}}
    spec = build({"dim": dim, **ends, "coupling": {"kind": "independent", "pairs": 16}})
    by = Placement.of(dim, tuple(np.arange(1.0, dim + 1)), 1.3, ANGLES[dim])
    there = msgspec.structs.replace(spec, source=moved(spec.source, by, dim), target=moved(spec.target, by, dim))
    v, w = (reference(coupled(e, *draw_pairs(e), 1)) for e in (spec, there))
    x = rng().standard_normal((40, dim)) * 2
    for t in (0.0, 0.3, 0.8, 0.99):
        straight = by.scale * np.asarray(v(x, t)) @ by.turn.T
        assert np.allclose(np.asarray(w(by.at(x), t)), straight, atol=1e-9)


@pytest.mark.parametrize("dim", [2, 3])
def test_turns_come_back(dim: int) -> None:
    for seed in range(200):
        vector = rng(seed).standard_normal(3) * 100
        turn = rotation(tuple(vector.tolist()) if dim == 3 else float(vector[0]), dim)
        assert np.allclose(turn @ turn.T, np.eye(dim), atol=1e-12) and np.linalg.det(turn) == pytest.approx(1.0)
        assert np.allclose(rotation(angle_of(turn), dim), turn, atol=1e-12)
        if dim == 3:
            assert np.allclose(turn, Rotation.from_rotvec(vector, degrees=True).as_matrix(), atol=1e-12)
    for axis in np.eye(3):  # half a turn, where the trace tells nothing
        half = rotation(tuple(180 * axis), 3)
        assert np.allclose(rotation(angle_of(half), 3), half, atol=1e-12)
    assert np.allclose(rotation(90.0, 2) @ [1, 0], [0, 1]) and np.allclose(rotation(90.0, 3) @ [1, 0, 0], [0, 1, 0])


def test_a_placed_law_goes_through_files(tmp_path: Path) -> None:
    np.save(tmp_path / "cloud.npy", np.random.default_rng(1).standard_normal((50, 2)))
    held = Placed(File(path=str(tmp_path / "cloud.npy")), (1.0, 2.0), 2.0, 30.0)
    spec = build({"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}})
    spec = msgspec.structs.replace(spec, target=held).check()
    assert parse(to_toml(spec)) == spec
    assert "target.law.path" in data(spec)
    beside = elsewhere(spec, lambda end, path: f"{end}-{Path(path).name}")
    assert beside.target.law.path == "target-cloud.npy" and beside.target.shift == (1.0, 2.0)


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"law": {"kind": "two moonz"}}, "source.law.kind: 'two moonz' is not known; did you mean 'two moons'?"),
        ({"law": {"kind": "ring", "radius": "x"}}, "source.law.radius: 'x' is not a number"),
        ({"law": {"kind": "ring", "radius": -1}}, "source.law.radius: -1 is not above 0"),
        ({"law": {"kind": "placed"}}, "source.law: is no law that can be placed; give a table with a kind"),
        ({"shift": [1.0, 2.0, 3.0]}, "source.shift: has 3 numbers, but the dimension is 2"),
        ({"angle": [1.0, 2.0, 3.0]}, "source.angle: is not one number, or in 3-D the three"),
        ({"scale": 0}, "source.scale: 0 is not above 0"),
    ],
)
def test_what_cannot_be_placed(knobs: dict, told: str) -> None:
    with pytest.raises(Wrong) as caught:
        build({"source": {"kind": "placed", **knobs}, "target": {"kind": "gaussian"}})
    assert str(caught.value).startswith(told)
