"""The contract that every distribution keeps, and the known answers of single ones."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from scipy.spatial import cKDTree

from engine.distributions.checkerboard import Checkerboard
from engine.distributions.drawn import Drawn
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.fern import Fern
from engine.distributions.file import File
from engine.distributions.gaussian import Gaussian
from engine.distributions.helix import Helix
from engine.distributions.image import Image as Picture
from engine.distributions.knot import Knot
from engine.distributions.linked_rings import LinkedRings
from engine.distributions.mixture import GaussianMixture
from engine.distributions.moons import Moons
from engine.distributions.pinwheel import Pinwheel
from engine.distributions.ring import Ring
from engine.distributions.rings import Rings
from engine.distributions.s_curve import SCurve
from engine.distributions.single_point import SinglePoint
from engine.distributions.solid_faces import SolidFaces
from engine.distributions.spiral import Spiral
from engine.distributions.star import Star
from engine.distributions.swiss_roll import SwissRoll
from engine.distributions.text import Text
from engine.distributions.torus import Torus
from engine.distributions.two_modes import TwoModes
from engine.distributions.two_moons import TwoMoons
from engine.distributions.two_spirals import TwoSpirals
from engine.distributions.uniform_box import UniformBox
from engine.evidence.quasi_random import even, low_discrepancy
from engine.laws.mixture import Mixture
from engine.parts import Distribution, Wrong
from engine.registry import check_ranges, kinds, knobs, union

KINDS = kinds("distributions")
NAMES = """gaussian|mixture|two modes|eight gaussians|two moons|moons|rings|ring|checkerboard|lattice|spiral|two spirals
pinwheel|swiss roll|S-curve|uniform box|single point|drawn|file|image|text|curve|density|star|heart|smiley|dinosaur
Sierpinski|fern|torus|helix|knot|figure-eight knot|Lissajous|linked rings|solid faces
placed""".replace("\n", "|").split("|")


@pytest.fixture(params=[(kind, dim) for kind in KINDS for dim in (1, 2, 3)], ids=lambda p: f"{p[0]}-{p[1]}")
def law(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Distribution, int]:
    """Every distribution with its default knobs, in every dimension."""
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


def test_menu_order() -> None:
    assert list(KINDS) == NAMES


def test_sample_is_a_cloud(law: tuple[Distribution, int]) -> None:
    part, dim = law
    part.check(dim)
    for n in (1, 500):
        x = part.sample(n, dim, rng())
        assert x.shape == (n, dim) and x.dtype == np.float64 and np.isfinite(x).all()
        assert np.abs(x).max() < 20


def test_seed_decides(law: tuple[Distribution, int]) -> None:
    part, dim = law
    first, again, other = (part.sample(100, dim, rng(seed)) for seed in (3, 3, 4))
    assert first.tobytes() == again.tobytes()
    assert part.kind == "single point" or first.tobytes() != other.tobytes()


def test_sample_leaves_the_part_alone(law: tuple[Distribution, int]) -> None:
    part, dim = law
    x = part.sample(10, dim, rng())
    x += 1.0  # the caller's own
    assert np.array_equal(part.sample(10, dim, rng()), x - 1.0) or np.allclose(part.sample(10, dim, rng()), x - 1.0)


def test_mixture_agrees_with_samples(law: tuple[Distribution, int]) -> None:
    part, dim = law
    mixture = part.mixture(dim)
    if mixture is None:
        return
    assert mixture.means.shape == mixture.stds.shape == (len(mixture.weights), dim)
    assert mixture.weights.sum() == pytest.approx(1)
    mean = mixture.weights @ mixture.means
    cov = (mixture.weights[:, None] * (mixture.means - mean)).T @ (mixture.means - mean)
    cov += np.diag(mixture.weights @ mixture.stds**2)
    x = part.sample(100_000, dim, rng())
    spread = np.sqrt(cov.trace())
    assert np.allclose(x.mean(axis=0), mean, atol=0.015 * spread)
    assert np.allclose(np.cov(x.T).reshape(dim, dim), cov, atol=0.02 * spread**2)


def test_points_are_the_support(law: tuple[Distribution, int]) -> None:
    part, dim = law
    bare = msgspec.structs.replace(part, jitter=0.0) if hasattr(part, "jitter") else part
    points = bare.points(dim)
    if points is None:
        return
    assert points.shape[1] == dim
    assert {x.tobytes() for x in bare.sample(1000, dim, rng())} == {x.tobytes() for x in np.unique(points, axis=0)}


def test_jitter_has_no_finite_support(law: tuple[Distribution, int]) -> None:
    part, dim = law
    if hasattr(part, "jitter"):
        assert msgspec.structs.replace(part, jitter=0.1).points(dim) is None


def test_survives_json(law: tuple[Distribution, int]) -> None:
    part, _ = law
    again = msgspec.json.decode(msgspec.json.encode(part), type=union("distributions"))
    assert again == part and hash(again) == hash(part) and type(again) is type(part)


def test_knobs_and_words(law: tuple[Distribution, int]) -> None:
    part, _ = law
    check_ranges(part)
    assert part.about.endswith(".") and type(part).__doc__
    for knob in knobs(type(part)):
        assert knob.tip.endswith("."), knob.name


def test_even_samples(law: tuple[Distribution, int]) -> None:
    part, dim = law
    x = low_discrepancy(part, 100, dim, rng())
    assert x.shape == (100, dim) and x.dtype == np.float64 and np.isfinite(x).all()


# --- known answers ---


def test_gaussian_per_axis() -> None:
    part = Gaussian(mean=(1.0, -2.0), std=(0.0, 3.0))
    x = part.sample(100_000, 2, rng())
    assert (x[:, 0] == 1).all()
    assert x[:, 1].std() == pytest.approx(3, rel=0.02) and x[:, 1].mean() == pytest.approx(-2, abs=0.05)


@pytest.mark.parametrize(
    "part", [Gaussian(mean=(1.0,)), Gaussian(std=(1.0,)), UniformBox(side=(1.0,)), Moons(shift=(1.0,))]
)
@pytest.mark.parametrize("dim", [2, 3])
def test_numbers_per_axis_fit_the_dimension(part: Distribution, dim: int) -> None:
    part.check(1)
    with pytest.raises(Wrong, match=f"has 1 number, but the dimension is {dim}"):
        part.check(dim)


@pytest.mark.parametrize(
    ("knobs", "where", "message"),
    [
        ({"means": ((1.0, 2.0, 3.0), (0.0, 0.0))}, "means", "has 3 numbers in row 1, but the dimension is 2"),
        ({"means": ((1.0, 2.0), ())}, "means", "has 0 numbers in row 2, but the dimension is 2"),
        ({"means": (), "stds": (), "weights": ()}, "means", "holds 0 means; give 1 to 1,000 of them"),
        ({"stds": (1.0,)}, "stds", "has 1 number, but there are 2 means; give one per mean"),
        ({"weights": (1.0, 1.0, 1.0)}, "weights", "has 3 numbers, but there are 2 means; give one per mean"),
        ({"weights": (0.0, 0.0)}, "weights", "adds up to 0; at least one weight must be above 0"),
    ],
)
def test_mixture_refuses(knobs: dict, where: str, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        GaussianMixture(**knobs).check(2)
    assert (caught.value.where, caught.value.message) == (where, message)


def test_mixture_weights_are_shares() -> None:
    part = GaussianMixture(means=((-1.0, 0.0), (1.0, 0.0)), stds=(0.0, 0.0), weights=(3.0, 1.0))
    assert part.mixture(2).weights.tolist() == [0.75, 0.25]
    assert (part.sample(100_000, 2, rng())[:, 0] < 0).mean() == pytest.approx(0.75, abs=0.01)


def test_two_modes_scene() -> None:
    """E|X1 - X0|² = 15² + 2 · 2 · 0.5² + 4 · 7.5² / 2 = 338.5 for the independent coupling."""
    x0, x1 = TwoModes().sample(20_000, 2, rng(0)), TwoModes(at=15.0).sample(20_000, 2, rng(1))
    assert ((x1 - x0) ** 2).sum(axis=1).mean() == pytest.approx(338.5, rel=0.01)


def test_two_modes_in_every_dimension() -> None:
    part = TwoModes(at=1.0, separation=4.0)
    assert [part.mixture(dim).means.tolist() for dim in (1, 2, 3)] == [
        [[3.0], [-1.0]],
        [[1.0, 2.0], [1.0, -2.0]],
        [[1.0, 2.0, 0.0], [1.0, -2.0, 0.0]],
    ]


def test_eight_gaussians() -> None:
    part = EightGaussians(radius=4.0, std=0.1)
    for dim in (2, 3):
        assert np.linalg.norm(part.mixture(dim).means, axis=1) == pytest.approx(np.full(8, 4.0))
    line = part.mixture(1).means[:, 0]
    assert line[[0, -1]].tolist() == [-4.0, 4.0] and np.allclose(np.diff(line), 8 / 7)
    for dim in (1, 2, 3):
        means = part.mixture(dim).means
        x = part.sample(20_000, dim, rng())
        apart = ((x[:, None] - means) ** 2).sum(axis=2)
        assert np.allclose(np.bincount(apart.argmin(axis=1), minlength=8) / len(x), 1 / 8, atol=0.02)
        assert apart.min(axis=1).mean() == pytest.approx(dim * 0.1**2, rel=0.05)


def test_two_moons_without_noise() -> None:
    xy = TwoMoons(radius=2.0, noise=0.0).sample(5000, 2, rng())
    middle = np.array([1.0, 0.5])
    upper, lower = np.hypot(*(xy + middle).T), np.hypot(*(xy - middle).T)
    assert np.allclose(np.minimum(np.abs(upper - 2), np.abs(lower - 2)), 0)
    assert np.abs(xy.mean(axis=0)).max() < 0.1
    assert (TwoMoons(noise=0.0).sample(10, 3, rng())[:, 2] == 0).all()


def test_moons_of_torchdyn() -> None:
    """One uniform offset on both axes, times 3, minus 1: mean and covariance follow from the half circles."""
    part = Moons()
    x, inner = part.classed(200_000, 2, rng())
    mean = 3 * (np.array([0.5, 0.25]) + 0.1) - 1
    half = 2 / np.pi
    xx, yy, xy = 1 / 2 + 1 / 4, 1 / 2 + 1 / 8 - half / 2 - 1 / 16, (1 / 2 - half) / 2 - 1 / 8
    cov = 9 * (np.array([[xx, xy], [xy, yy]]) + 0.2**2 / 12)
    assert np.allclose(x.mean(0), mean, atol=0.02) and np.allclose(np.cov(x.T), cov, atol=0.03)
    away = (x + 1) / 3  # minus the offset, the same on both axes, a point lies on its half circle
    centre = np.where(inner[:, None], [1.0, 0.5], [0.0, 0.0])
    on = away - centre
    root = np.sqrt(np.maximum(2 - (on[:, 0] - on[:, 1]) ** 2, 0))
    u = (on.sum(1)[:, None] + np.column_stack([root, -root])) / 2
    assert ((u > -1e-9) & (u < 0.2 + 1e-9)).any(1).all()
    assert inner.mean() == pytest.approx(0.5, abs=0.01)


def test_moons_of_scikit_learn() -> None:
    """Radius 1 about (0, 0) and (1, 1/2), noise of its own; ours that are centred are the same shape elsewhere."""
    x, inner = Moons(offset=0.0, scale=1.0, shift=0.0).classed(4000, 2, rng())
    assert np.allclose(np.linalg.norm(x - np.where(inner[:, None], [1.0, 0.5], [0.0, 0.0]), axis=1), 1)
    assert (x[inner == 0, 1] >= 0).all() and (x[inner == 1, 1] <= 0.5).all()
    levels = np.linspace(0.05, 0.95, 19)
    centred = TwoMoons(radius=1.0, noise=0.0).sample(20_000, 2, rng(1)) + np.array([0.5, 0.25])
    for k in range(2):
        assert np.allclose(np.quantile(x[:, k], levels), np.quantile(centred[:, k], levels), atol=0.08)
    moved = Moons(offset=0.0, scale=2.0, shift=(-1.0, 3.0), noise=0.0).sample(4000, 2, rng())
    assert np.allclose(moved, 2 * x + [-1.0, 3.0])


def test_a_smoothed_file_is_a_mixture(tmp_path: Path) -> None:
    rows = rng(2).standard_normal((300, 2))
    np.save(tmp_path / "rows.npy", rows)
    part = File(path=str(tmp_path / "rows.npy"), jitter=0.3)
    found = part.mixture(2)
    assert np.array_equal(found.means, rows) and (found.stds == 0.3).all()
    assert part.points(2) is None and part.partition(2) == ("", 0) and part.labels(rows, 2) is None
    assert np.allclose(np.cov(part.sample(100_000, 2, rng()).T), np.cov(rows.T, ddof=0) + 0.09 * np.eye(2), atol=0.03)
    assert File(path=part.path).mixture(2) is None
    np.save(tmp_path / "rows.npy", rng(2).standard_normal((1001, 2)))
    assert File(path=str(tmp_path / "rows.npy"), jitter=0.3).mixture(2) is None


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_ring_is_a_sphere(dim: int) -> None:
    x = Ring(radius=3.0, noise=0.0).sample(20_000, dim, rng())
    assert np.allclose(np.linalg.norm(x, axis=1), 3)
    assert np.cov(x.T).reshape(dim, dim) == pytest.approx(np.eye(dim) * 9 / dim, abs=0.15)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_rings_have_one_density(dim: int) -> None:
    r = np.linalg.norm(Rings(radius=4.0, count=2, noise=0.0).sample(20_000, dim, rng()), axis=1)
    outer = np.isclose(r, 4)
    assert (outer | np.isclose(r, 2)).all()
    assert outer.mean() == pytest.approx(2 ** (dim - 1) / (1 + 2 ** (dim - 1)), abs=0.02)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("cells", [1, 4, 5])
def test_checkerboard_parity(dim: int, cells: int) -> None:
    x = Checkerboard(radius=4.0, cells=cells).sample(20_000, dim, rng())
    cell = np.floor((x + 4) * cells / 8).astype(int)
    assert cell.min() >= 0 and cell.max() < cells
    assert (cell.sum(axis=1) % 2 == 0).all()
    count = np.unique(cell, axis=0, return_counts=True)[1]
    assert len(count) == (cells**dim + 1) // 2
    assert count.std() < 2 * np.sqrt(count.mean())


def test_spiral_without_noise() -> None:
    x, y = Spiral(radius=4.0, turns=2.0, arms=3, noise=0.0).sample(5000, 2, rng()).T
    s = np.hypot(x, y) / 4
    turn = np.arctan2(y, x) / (2 * np.pi) - 2 * s
    assert np.allclose((3 * turn + 0.5) % 1, 0.5, atol=1e-6) and s.max() <= 1


def test_pinwheel_has_its_symmetry() -> None:
    x = Pinwheel(tangential=0.0, radial=0.3, arms=4, twist=0.0).sample(5000, 2, rng())
    assert np.allclose(np.abs(x).min(axis=1), 0)
    third = Pinwheel().sample(20_000, 3, rng())[:, 2]
    assert third.std() == pytest.approx(0.2, rel=0.03)


def test_rolled_sheets_without_noise() -> None:
    x, y, z = SwissRoll(radius=4.0, width=4.0, noise=0.0).sample(5000, 3, rng()).T
    r = np.hypot(x, y)
    assert r.min() >= 4 / 3 and r.max() <= 4 and np.abs(z).max() <= 2
    assert np.allclose(np.cos(np.arctan2(y, x) - r * 4.5 * np.pi / 4), 1)
    x, y, z = SCurve(radius=1.5, width=4.0, noise=0.0).sample(5000, 3, rng()).T
    assert np.allclose(np.hypot(x, np.abs(y) - 1.5), 1.5) and np.abs(z).max() <= 2
    assert (x[(y < 0) & (y > -1.5)] > 0).all()  # the lower bow opens to the left: an S, not its mirror image


@pytest.mark.parametrize("shape", [SwissRoll, SCurve, TwoMoons, Moons, Spiral, TwoSpirals, Pinwheel, Text, Star, Fern])
def test_one_coordinate_is_the_first(shape: type[Distribution]) -> None:
    line, plane = shape().sample(20_000, 1, rng(0))[:, 0], shape().sample(20_000, 2, rng(1))[:, 0]
    levels = np.linspace(0.05, 0.95, 19)
    assert np.allclose(np.quantile(line, levels), np.quantile(plane, levels), atol=0.15)


def test_uniform_box() -> None:
    x = UniformBox(centre=(1.0, 0.0), side=(2.0, 6.0)).sample(20_000, 2, rng())
    assert x.min(axis=0) == pytest.approx([0, -3], abs=0.01) and x.max(axis=0) == pytest.approx([2, 3], abs=0.01)
    assert x.var(axis=0) == pytest.approx([4 / 12, 36 / 12], rel=0.03)


def test_single_point() -> None:
    part = SinglePoint(at=(4.0, -1.0))
    assert (part.sample(5, 2, rng()) == [4, -1]).all() and part.points(2).tolist() == [[4.0, -1.0]]
    assert (part.mixture(2).stds == 0).all()


@pytest.mark.parametrize(
    ("dots", "message"),
    [
        ((), "holds no points; draw at least one"),
        (((0.0, 0.0),) * 20_001, "holds 20,001 points; 20,000 at most"),
        (((0.0, 0.0), (1.0,)), "has rows of different lengths; give every point the same number of coordinates"),
        (((),), "has a row without 1 to 3 numbers; give x, or x, y, or x, y, z"),
    ],
)
def test_drawn_refuses(dots: tuple, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        Drawn(dots=dots).check(2)
    assert (caught.value.where, caught.value.message) == ("dots", message)


def test_drawn_in_other_dimensions() -> None:
    part = Drawn(dots=((1.0, 2.0), (3.0, 4.0)), jitter=0.0)
    assert part.points(1).tolist() == [[1.0], [3.0]]
    assert part.points(3).tolist() == [[1.0, 2.0, 0.0], [3.0, 4.0, 0.0]]
    assert part.mixture(2) is None


def test_one_dot_is_a_gaussian() -> None:
    mixture = Drawn(dots=((1.0, 2.0),), jitter=0.5).mixture(2)
    assert mixture.means.tolist() == [[1.0, 2.0]] and mixture.stds.tolist() == [[0.5, 0.5]]


def test_many_dots() -> None:
    part = Drawn(dots=tuple(map(tuple, rng().standard_normal((20_000, 2)).tolist())))
    part.check(2)
    assert part.sample(100, 2, rng()).shape == (100, 2)


def test_text_fills_its_letters() -> None:
    x = Text(text="I", height=3.0).sample(20_000, 2, rng())
    assert x.min(axis=0)[1] == pytest.approx(-1.5, abs=0.05) and x.max(axis=0)[1] == pytest.approx(1.5, abs=0.05)
    assert x[:, 1].var() == pytest.approx(9 / 12, rel=0.05) and np.ptp(x[:, 0]) < 0.6
    assert len(np.unique(x)) > 39_000  # inside the pixels, not on a grid


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "leaves no ink; write at least one letter"),
        ("   ", "leaves no ink; write at least one letter"),
        ("x" * 41, "has 41 letters; give at most 40"),
        ("日", "has '日', which the font lacks; use ASCII letters, or choose another font"),
        ("a\nb", "has '\\n', which the font lacks; use ASCII letters, or choose another font"),
    ],
)
def test_text_refuses(text: str, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        Text(text=text).check(2)
    assert (caught.value.where, caught.value.message) == ("text", message)


def test_image_is_a_density(tmp_path: Path) -> None:
    """A black, a grey and a transparent column in front of a white one: mass 255 : 127 : 0 : 0."""
    pixels = np.array([[[0, 0, 0, 255], [128, 128, 128, 255], [0, 0, 0, 0], [255, 255, 255, 255]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "bars.png")
    part = Picture(path=str(tmp_path / "bars.png"), height=2.0)
    x = part.sample(100_000, 2, rng())
    assert x.min() >= -4 and x[:, 0].max() <= 0 and np.abs(x[:, 1]).max() <= 1
    assert (x[:, 0] < -2).mean() == pytest.approx(255 / 382, abs=0.01)
    assert x[x[:, 0] < -2, 0].var() == pytest.approx(4 / 12, rel=0.03)
    bright = msgspec.structs.replace(part, invert=True).sample(100_000, 2, rng())
    assert ((bright[:, 0] > -2) & (bright[:, 0] < 0) | (bright[:, 0] > 2)).all()
    assert (bright[:, 0] > 2).mean() == pytest.approx(255 / 383, abs=0.01)


def test_image_stands_upright(tmp_path: Path) -> None:
    Image.linear_gradient("L").save(tmp_path / "grey.jpg")  # black at the top
    assert Picture(path=str(tmp_path / "grey.jpg")).sample(1000, 2, rng())[:, 1].mean() > 0.5


def test_files_are_named(tmp_path: Path) -> None:
    assert File(path="a.csv").files() == ("a.csv",) and Picture(path="b.png").files() == ("b.png",)
    assert File().files() == Picture().files() == Gaussian().files() == ()
    for part in (File(), Picture()):
        with pytest.raises(Wrong, match="path: no file is chosen; open one"):
            part.check(2)


# --- even samples ---


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_even_gaussian(dim: int) -> None:
    for seed in range(5):
        x = even(Gaussian().mixture(dim), 4096, rng(seed))
        assert np.abs(x.mean(axis=0)).max() < 0.005
        assert np.abs((x**2).mean(axis=0) - 1).max() < 0.005


def test_even_components() -> None:
    part = GaussianMixture(means=((-3.0,), (0.0,), (3.0,)), stds=(0.1, 0.0, 0.2), weights=(0.2, 0.5, 0.3))
    x = even(part.mixture(2), 4096, rng())
    share = [(np.abs(x[:, 0] - mean) < 1.5).mean() for mean in (-3, 0, 3)]
    assert share == pytest.approx([0.2, 0.5, 0.3], abs=0.001)
    assert (x[np.abs(x[:, 0]) < 1.5] == 0).all()
    assert x[x[:, 0] > 1.5].std(axis=0) == pytest.approx(0.2, rel=0.02)


@pytest.mark.parametrize("n", [0, 1, 3, 1000])
def test_even_takes_any_number(n: int) -> None:
    assert even(TwoModes().mixture(2), n, rng()).shape == (n, 2)


def test_even_unnormalised_weights_and_zero_weight() -> None:
    mixture = Mixture(np.array([0.0, 2.0, 0.0]), np.array([[1.0], [2.0], [3.0]]), np.zeros((3, 1)))
    assert (even(mixture, 64, rng()) == 2).all()


def test_even_samples_pair_as_independent_ones() -> None:
    """Sobol points in their own order would tie both ends together, and move E X0 X1 far from 0."""
    draws = rng()
    gaussian = Gaussian().mixture(1)
    products = [(even(gaussian, 1024, draws) * even(gaussian, 1024, draws)).mean() for _ in range(20)]
    assert np.abs(products).max() < 4 / np.sqrt(1024)


def test_a_new_number_of_means_brings_stds_and_weights() -> None:
    """Else no component could be added: one knob at a time never fits the others."""
    mixture = kinds("distributions")["mixture"](stds=(0.5, 0.25), weights=(1.0, 3.0))
    more = mixture.turned("means", ((-2.0,), (2.0,), (0.0,)))
    assert (more.stds, more.weights) == ((0.5, 0.25, 0.25), (1.0, 3.0, 3.0))
    fewer = mixture.turned("means", ((1.0,),))
    assert (fewer.stds, fewer.weights) == ((0.5,), (1.0,))
    for part in (more, fewer):
        part.check(2)


# --- shapes in space ---


def test_torus_is_uniform_by_area() -> None:
    """E[x² + y²] = R² + 3r²/2 and E[z²] = r²/2 on a torus of radii R and r."""
    R, r = 2.0, 1.2
    x = Torus(radius=R, tube=r, noise=0.0).sample(200_000, 3, rng())
    assert (x[:, :2] ** 2).sum(1).mean() == pytest.approx(R**2 + 1.5 * r**2, rel=0.01)
    assert (x[:, 2] ** 2).mean() == pytest.approx(r**2 / 2, rel=0.01)
    np.testing.assert_allclose((np.hypot(x[:, 0], x[:, 1]) - R) ** 2 + x[:, 2] ** 2, r**2)
    with pytest.raises(Wrong, match="wider than the radius"):
        Torus(radius=1.0, tube=2.0).check(3)


@pytest.mark.parametrize(("p", "q"), [(2, 3), (3, 2), (1, 4), (5, 2)])
def test_knot_is_uniform_by_length(p: int, q: int) -> None:
    """Points lie on the torus; each of 16 equal lengths of the curve has its share of them."""
    part = Knot(radius=2.0, around=p, through=q, noise=0.0)
    x = part.sample(40_000, 3, rng())
    np.testing.assert_allclose((np.hypot(x[:, 0], x[:, 1]) - 2.0) ** 2 + x[:, 2] ** 2, 1.0, atol=1e-4)
    fine = part._curve(np.linspace(0, 1, 100_001))
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
    nearest = cKDTree(fine).query(x)[1]
    share, _ = np.histogram(length[nearest] / length[-1], 16, (0.0, 1.0))
    assert np.abs(share - 2500).max() < 5 * np.sqrt(2500)


def test_helix_winds() -> None:
    part = Helix(radius=1.5, turns=2.0, height=4.0, noise=0.0)
    x = part.sample(20_000, 3, rng())
    np.testing.assert_allclose(np.hypot(x[:, 0], x[:, 1]), 1.5)
    s = x[:, 2] / 4.0 + 0.5
    np.testing.assert_allclose(np.cos(4 * np.pi * s) * 1.5, x[:, 0], atol=1e-9)
    assert s.mean() == pytest.approx(0.5, abs=0.01) and s.std() == pytest.approx(12**-0.5, abs=0.01)


def test_rings_are_linked() -> None:
    """Each circle passes through the disc of the other exactly once."""
    x, ring = LinkedRings(radius=2.0, noise=0.0).classed(4000, 3, rng())
    first, second = x[ring == 0], x[ring == 1]
    np.testing.assert_allclose(np.hypot(first[:, 0] + 1.0, first[:, 1]), 2.0)
    np.testing.assert_allclose(np.hypot(second[:, 0] - 1.0, second[:, 2]), 2.0)
    through = np.array([[-1.0, 0.0, 0.0], [3.0, 0.0, 0.0]])  # where the second one meets the plane of the first
    inside = np.hypot(through[:, 0] + 1.0, through[:, 1]) < 2.0
    assert inside.sum() == 1


@pytest.mark.parametrize(("solid", "faces", "norm"), [("cube", 6, np.inf), ("octahedron", 8, 1)])
def test_faces_have_their_shares(solid: str, faces: int, norm: float) -> None:
    part = SolidFaces(solid=solid, radius=1.5, noise=0.0)
    x, face = part.classed(24_000, 3, rng())
    np.testing.assert_allclose(np.linalg.norm(x, norm, axis=1), 1.5)
    each = np.bincount(face, minlength=faces)
    assert len(each) == faces == part.partition(3)[1] and np.abs(each - 24_000 / faces).max() < 300
    # Uniform: the mean of a coordinate's square over a face is R²/3 on a cube's other axes, R²/6 on a triangle.
    along = (x**2).mean(0)
    exact = 1.5**2 * (2 / 3 * 1 / 3 + 1 / 3) if solid == "cube" else 1.5**2 / 6
    np.testing.assert_allclose(along, exact, rtol=0.03)
