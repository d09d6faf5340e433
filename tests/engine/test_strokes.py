"""Strokes of a drawing: where their points lie, how heavy they are, and what degenerate ones come to."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine.codec import build, parse, plain, to_toml
from engine.distributions.drawn import Drawn
from engine.laws.outlines import in_polygon, ramp, slabs
from engine.laws.placement import Placement, rotation
from engine.laws.scatter import scatter
from engine.laws.stroke import Stroke, rows
from engine.parts import Wrong
from engine.registry import kinds

AXES = ((1.0, 2.0), (4.0, 2.0), (1.0, 3.0))  # a centre, and the ends of axes 3 and 1 long
STROKES = {
    "line": Stroke("line", ((0.0, 0.0), (3.0, 4.0)), width=0.5),
    "bent": Stroke("line", ((0.0, 0.0), (1.0, 0.0), (1.0, 3.0)), along=(1.0, 0.0, 2.0)),
    "area": Stroke("area", ((0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0))),
    "disc": Stroke("disc", AXES),
    "rim": Stroke("rim", AXES, width=0.2),
    "text": Stroke("text", AXES, text="Ab"),
    "stamp": Stroke("stamp", AXES, law=kinds("distributions")["moons"]()),
    "in 1-D": Stroke("line", ((-1.0,), (2.0,)), width=0.1, along=(0.0, 1.0)),
    "in 3-D": Stroke("line", ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), width=0.3),
    "extruded": Stroke("area", ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)), body="extruded", depth=2.0),
    "revolved": Stroke("line", ((1.0, 0.0), (1.0, 2.0)), body="revolved"),
    "tube": Stroke("line", ((0.0, 0.0), (2.0, 0.0)), width=0.4, body="round", plane=(0, 0, 1, 0, 1, 0, 0, 0, 1)),
}
N = 40_000


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def law(*strokes: Stroke, **fields: object) -> Drawn:
    return Drawn(**({"dots": (), "jitter": 0.0, "strokes": strokes} | fields))


def moments(stroke: Stroke, dim: int) -> tuple[np.ndarray, np.ndarray]:
    x, stays = scatter(stroke, N, dim, rng())
    return x[stays].mean(0), np.cov(x[stays].T).reshape(dim, dim)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("name", STROKES)
def test_a_stroke_of_every_shape_in_every_dimension(name, dim) -> None:
    stroke = STROKES[name]
    part = law(stroke)
    part.check(dim)
    x = part.sample(500, dim, rng())
    assert x.shape == (500, dim) and np.isfinite(x).all() and np.abs(x).max() < 20
    assert np.array_equal(x, part.sample(500, dim, rng()))
    assert np.ptp(x) == 0 or not np.array_equal(x, part.sample(500, dim, rng(1)))
    spec = build({"dim": dim, "source": msgspec.to_builtins(part), "target": {"kind": "gaussian"}})
    assert spec.source == part and parse(to_toml(spec)) == spec
    assert set(plain(spec)["source"]["strokes"][0]) <= {"shape", "points", *stroke.__struct_fields__}


@pytest.mark.parametrize(
    ("name", "mean", "cov"),
    [
        ("line", (1.5, 2.0), np.outer((3, 4), (3, 4)) / 12 + np.eye(2) * 0.25**2 / 4),
        ("area", (1.0, 0.5), np.diag((4 / 12, 1 / 12))),
        ("disc", (1.0, 2.0), np.diag((9 / 4, 1 / 4))),
    ],
)
def test_moments_are_those_of_the_closed_form(name, mean, cov) -> None:
    found, spread = moments(STROKES[name], 2)
    assert np.allclose(found, mean, atol=0.03) and np.allclose(spread, cov, atol=0.05)


def test_the_rim_is_uniform_in_length() -> None:
    """A tenth of the whole way around, wherever it begins; the ellipse is 3 to 1."""
    from scipy.special import ellipe

    x = scatter(msgspec.structs.replace(STROKES["rim"], width=0.0), N, 2, rng())[0] - (1.0, 2.0)
    assert np.allclose((x[:, 0] / 3) ** 2 + x[:, 1] ** 2, 1.0)
    for angle in np.linspace(0, 6, 5):
        near = np.abs(np.angle(np.exp(1j * (np.arctan2(x[:, 1], x[:, 0] / 3) - angle)))) < 0.1
        speed = np.hypot(3 * np.sin(angle), np.cos(angle))
        assert near.mean() == pytest.approx(0.2 * speed / (12 * ellipe(8 / 9)), rel=0.08)


def test_density_along_a_line_is_straight_between_its_corners() -> None:
    """The cumulative share of a hand-drawn density is the integral of the curve."""
    x = np.sort(law(Stroke("line", ((0.0,), (1.0,), (3.0,)), along=(0.0, 2.0, 1.0))).sample(N, 1, rng())[:, 0])
    at = np.array([0.5, 1.0, 2.0, 3.0])
    wanted = np.array([0.25, 1.0, 1.0 + 1.75, 4.0]) / 4.0  # by hand
    assert np.allclose(np.searchsorted(x, at) / N, wanted, atol=0.01)
    u = np.linspace(0, 1, 11)
    assert np.allclose(ramp(u, np.zeros(11), np.ones(11)), np.sqrt(u)) and np.allclose(ramp(u, 0 * u, 0 * u), u)


@pytest.mark.parametrize("weight", [1.0, 3.0, 1e9])
def test_points_come_in_proportion_to_weight(weight) -> None:
    """A dot weighs 1; the classes are the dots, then each stroke."""
    left, right = (Stroke("disc", ((c, 0.0), (c + 1.0, 0.0), (c, 1.0)), weight=weight) for c in (-5.0, 5.0))
    part = law(left, msgspec.structs.replace(right, weight=2 * weight), dots=((0.0, 50.0),) * 2)
    x, label = part.classed(N, 2, rng())
    share = np.bincount(label, minlength=3) / N
    assert part.partition(2) == ("stroke", 3) and np.allclose(
        share, np.array([2, weight, 2 * weight]) / (2 + 3 * weight), atol=0.01
    )
    assert (x[label == 1, 0] < 0).all() and (x[label == 2, 0] > 0).all() and (x[label == 0, 1] == 50).all()
    assert np.array_equal(part.labels(x[:50], 2), label[:50])


def test_classes_are_those_that_were_given() -> None:
    part = law(msgspec.structs.replace(STROKES["disc"], label=3), dots=((9.0, 9.0), (8.0, 8.0)), classes=(0, 1))
    x, label = part.classed(2000, 2, rng())
    assert part.partition(2) == ("class", 4) and set(label.tolist()) == {0, 1, 3}
    assert (label[(x == 9.0).all(1)] == 0).all() and (label[(x == 8.0).all(1)] == 1).all()
    alone = Drawn(dots=((1.0, 1.0), (2.0, 2.0)), jitter=0.0, classes=(5, 6))
    assert set(alone.classed(50, 2, rng())[1].tolist()) == {5, 6} and alone.partition(2) == ("class", 7)


def test_a_polygon_that_crosses_itself_is_even_and_odd() -> None:
    """Of a star with five tips the middle is a hole; both triangles of a bow tie are inside."""
    tips = np.exp(2j * np.pi * np.arange(5) * 2 / 5 + 0.5j * np.pi)
    x = in_polygon(np.column_stack([tips.real, tips.imag]), 5000, rng())
    assert np.linalg.norm(x, axis=1).min() > 0.3
    bow = in_polygon(np.array([[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0]]), 5000, rng())
    assert (np.abs(bow[:, 1] - 1) <= np.abs(bow[:, 0] - 1) + 1e-9).all() and abs((bow[:, 0] < 1).mean() - 0.5) < 0.03
    with pytest.raises(Wrong, match="cross themselves more than"):
        law(Stroke("area", rows(rng().standard_normal((500, 2))))).check(2)
    assert not len(slabs(np.zeros((3, 2)).tobytes()))


@pytest.mark.parametrize("scale", [1e-7, 1.0, 3e5])
@pytest.mark.parametrize(
    ("shape", "points", "least"),
    [
        ("line", [[1, 1]], 0),
        ("line", [[1, 1], [1, 1], [1, 1]], 0),
        ("line", [[0, 0], [1, 0]], 1),
        ("area", [[1, 1]], 0),
        ("area", [[0, 0], [1, 1]], 1),
        ("area", [[0, 0], [1, 1], [2, 2]], 1),
        ("area", [[0, 0], [2, 0], [1, 0]], 1),
        ("area", [[0, 0], [0, 2], [0, 1]], 1),
        ("disc", [[0, 0], [0, 0], [0, 0]], 0),
        ("disc", [[0, 0], [1, 0], [0, 0]], 1),
        ("rim", [[0, 0], [0, 0], [0, 0]], 0),
        ("rim", [[0, 0], [1, 1], [1, 1]], 1),
    ],
)
def test_degenerate_strokes(shape, points, least, scale) -> None:
    """One point, no length, no area, tiny and far: points all the same, in as many dimensions as the stroke has."""
    part = law(Stroke(shape, rows(scale * np.array(points, float))))
    for dim in (1, 2, 3):
        part.check(dim)
        x = part.sample(300, dim, rng())
        assert np.isfinite(x).all() and np.abs(x).max() <= 2 * scale * (1 + 1e-9)
    assert (np.ptp(part.sample(300, 2, rng()), axis=0).max() > 0.3 * scale) == bool(least)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"points": ()}, "points"),
        ({"points": ((1.0, 2.0), (1.0,))}, "points"),
        ({"points": ((2e6, 0.0),)}, "points"),
        ({"points": ((float("nan"), 0.0),)}, "points"),
        ({"points": ((0.0, 0.0),) * 2001}, "points"),
        ({"shape": "disc", "points": ((0.0, 0.0),)}, "points"),
        ({"shape": "text", "points": AXES, "text": ""}, "text"),
        ({"shape": "stamp", "points": AXES}, "law"),
        ({"shape": "stamp", "points": AXES, "law": {"kind": "nothing"}}, "law"),
        ({"points": ((0.0, 0.0),), "along": (1.0, 2.0)}, "along"),
        ({"points": ((0.0, 0.0),), "plane": (1.0,)}, "plane"),
        ({"points": ((0.0, 0.0),), "holes": ((1.0, 2.0),)}, "holes"),
        ({"points": ((0.0, 0.0),), "weight": 0.0}, "weight"),
    ],
)
def test_what_is_no_stroke_is_said_with_its_place(fields, where) -> None:
    with pytest.raises(Wrong) as caught:
        law(Stroke(**fields)).check(2)
    assert caught.value.where.startswith(f"strokes[0].{where}")
    with pytest.raises(Wrong, match="draw at least one"):
        law().check(2)


def test_what_is_erased_is_gone_and_weighs_nothing() -> None:
    """Half of a disc erased: the rest weighs half as much beside the other one."""
    half = Stroke("disc", ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))).erased(np.array([[-9.0, 10.0], [9.0, 10.0]]), 20.0)
    part = law(half, Stroke("disc", ((9.0, 0.0), (10.0, 0.0), (9.0, 1.0))))
    x, label = part.classed(N, 2, rng())
    assert (x[label == 0, 1] < 0).all() and (label == 0).mean() == pytest.approx(1 / 3, abs=0.01)
    gone = half.erased(np.zeros((1, 2)), 10.0)
    assert law(gone, part.strokes[1]).classed(100, 2, rng())[1].min() == 1
    with pytest.raises(Wrong, match="all erased"):
        law(gone).check(2)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("name", STROKES)
def test_moving_a_drawing_moves_its_points(name, dim) -> None:
    """The law of moved points is the drawing with other numbers, or it says that it cannot tell."""
    part = law(STROKES[name], dots=((1.0,) * dim,), jitter=0.0)
    turn = rotation((10.0, 20.0, 30.0) if dim == 3 else 40.0, dim)
    by = Placement(np.arange(1.0, dim + 1), 1.5, turn)
    made = part.moved(by, dim)
    if made is None:
        assert STROKES[name].coordinates > dim
        return
    made.check(dim)
    assert np.allclose(made.dots[0][:dim], by.at(np.ones((1, dim)))[0])
    if STROKES[name].coordinates < min(dim, 2):
        return  # on another axis it gets a brush with more coordinates
    one, other = by.at(part.sample(N, dim, rng())), made.sample(N, dim, rng())
    assert np.allclose(one.mean(0), other.mean(0), atol=0.1) and np.allclose(np.cov(one.T), np.cov(other.T), atol=0.15)


def test_bodies_in_space() -> None:
    """Extruded along the normal, revolved with a density in proportion to the way around, round about its line."""
    x = scatter(STROKES["extruded"], N, 3, rng())[0]
    assert x[:, 2].min() >= 0 and x[:, 2].max() <= 2 and x[:, 2].mean() == pytest.approx(1, abs=0.02)
    x = scatter(STROKES["revolved"], N, 3, rng())[0]
    assert np.allclose(np.hypot(x[:, 0], x[:, 2]), 1) and np.allclose(x.mean(0), (0, 1, 0), atol=0.02)
    full = Stroke("area", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), body="revolved")  # a cylinder
    x = scatter(full, N, 3, rng())[0]
    assert (x[:, 0] ** 2 + x[:, 2] ** 2).mean() == pytest.approx(0.5, abs=0.01)
    x = scatter(STROKES["tube"], N, 3, rng())[0]  # on the plane x = 1... along its first axis, which is y
    assert np.linalg.norm(x[:, [0, 2]] - (0, 1), axis=1).max() <= 0.2 + 1e-9 and x[:, 1].max() > 1.9
    blob = scatter(Stroke("disc", ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)), body="round"), N, 3, rng())[0]
    assert np.allclose(np.cov(blob.T), np.eye(3) / 5, atol=0.01)  # of a ball


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("name", STROKES)
def test_a_drawing_of_strokes_alone_can_be_moved(name, dim) -> None:
    """Scaled about its middle, in any dimension, as the hand that moves clouds does before anybody asks."""
    part = law(STROKES[name])
    made = part.moved(Placement.about(part.middle(dim), 1.1), dim)
    assert made is None or (made.check(dim) is None and made.dots == () and made.strokes != part.strokes)
